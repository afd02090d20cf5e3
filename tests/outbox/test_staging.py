"""Staging: everything goes to one address, and not to its recipients (issue 7, item 6)."""

from __future__ import annotations

import pytest

from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.staging import SANDBOX, Staging, exceptions
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import utcnow
from tests.little_work import little_work
from tests.outbox.conftest import BOB, EVE, OCTETS, Hand
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Conversation, expect, greet, take_message
from tests.servers.scripted import Step as ServerStep

pytestmark = pytest.mark.both_engines

OK = "250 2.0.0 Ok"
TESTERS = "testers@acme.example"
DAN = "dan@Acme.example"
BYE = expect("QUIT", "221 Bye")


def staging(*excepted: str, to: str = TESTERS) -> Staging:
    """Everything goes to the testers, but for mail to these domains."""
    return Staging(to, frozenset(excepted), "ada@test.example", utcnow())


def taken(*recipients: str, answer: str = OK) -> list[ServerStep]:
    """The steps of a message that is taken for these and for nobody else."""
    to = [expect(f"RCPT TO:<{each}>", OK) for each in recipients]
    return [expect("MAIL FROM", OK), *to, take_message(answer)]


def test_a_list_of_exceptions_without_end_is_refused_with_little_work() -> None:
    """T8: by their number, and by the length of each, before anything looks at them."""
    with little_work(), pytest.raises(Refused, match="At most 100 domains are possible"):
        exceptions("a," * 30_000)
    with little_work(), pytest.raises(Refused, match="at most 253 characters are possible"):
        exceptions("\u00fc." * 10_000)


def test_everything_goes_to_the_one_address_once_and_none_of_its_recipients(
    hand: Hand, scripted: StartScripted
) -> None:
    hand.staging = staging()
    message = hand.accept(BOB, EVE)

    assert hand.deliver(scripted([greet(), *taken(TESTERS), BYE]).port) == 1

    assert hand.states(message) == dict.fromkeys([BOB, EVE], MessageState.SENT)
    assert hand.instead(message) == dict.fromkeys([BOB, EVE], TESTERS)


def test_recipients_in_an_excepted_domain_have_their_mail_all_the_same(
    hand: Hand, scripted: StartScripted
) -> None:
    hand.staging = staging("acme.example", to="testers@test.example")
    message = hand.accept(BOB, DAN, EVE)

    hand.deliver(scripted([greet(), *taken("testers@test.example", DAN), BYE]).port)

    assert hand.state(message) is MessageState.SENT
    went = hand.instead(message)
    assert went == {BOB: "testers@test.example", DAN: "", EVE: "testers@test.example"}


def test_an_exception_holds_for_a_domain_in_any_spelling_and_for_no_other() -> None:
    on = staging(*exceptions("@Bücher.example, acme.example"))

    excepted = ["x@bücher.example", "x@xn--bcher-kva.example", "x@ACME.example"]
    assert [on.instead(each) for each in excepted] == excepted
    for other in ("x@sub.acme.example", "x@acme.example.test", "acme.example@test.example", "x@"):
        assert on.instead(other) == TESTERS
    with pytest.raises(Refused):
        exceptions("acme.example, a/b")


def test_the_message_itself_stays_octet_for_octet(hand: Hand, scripted: StartScripted) -> None:
    """Signed content is handed on as it was, so no header is added either."""
    came: list[str] = []

    def keep(conversation: Conversation) -> None:
        came.extend(iter(conversation.line, "."))

    steps = [*taken(TESTERS)[:-1], expect("DATA", "354 Go"), keep]
    hand.staging = staging()
    hand.accept()
    hand.deliver(scripted([greet(), *steps, lambda c: c.send(b"250 Ok\r\n"), BYE]).port)

    assert "".join(f"{line}\r\n" for line in came).encode() == OCTETS


def test_what_the_one_address_is_refused_counts_for_those_in_whose_place_it_stands(
    hand: Hand, scripted: StartScripted
) -> None:
    hand.staging = staging("acme.example", to="testers@test.example")
    message = hand.accept(BOB, DAN)
    refused = expect("RCPT TO:<testers@test.example>", "550 5.1.1 No such user")
    steps = [expect("MAIL FROM", OK), refused, expect(f"RCPT TO:<{DAN}>", OK), take_message(OK)]

    hand.deliver(scripted([greet(), *steps, BYE]).port)

    assert hand.states(message) == {BOB: MessageState.FAILED, DAN: MessageState.SENT}
    assert hand.instead(message) == {BOB: "", DAN: ""}, "nobody has it in Bob's place"


def test_the_sandbox_sees_for_whom_a_message_is(hand: Hand, scripted: StartScripted) -> None:
    hand.staging = staging(to=SANDBOX)
    message = hand.accept(BOB, EVE)

    hand.deliver(scripted([greet(), *taken(BOB, EVE), BYE]).port)

    assert hand.instead(message) == dict.fromkeys([BOB, EVE], SANDBOX)
