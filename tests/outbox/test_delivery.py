"""What becomes of a message, by what the server does to it (SPEC M3, M4, D3)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import NoResultFound, OperationalError
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import claims, courier, handling, pause
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.enqueue import PART
from smtp_panel.outbox.judgement import judge
from smtp_panel.outbox.model import Body, Message, MessageState, Tally
from smtp_panel.outbox.outcomes import Outcome
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.smtp.facts import Stage
from tests.outbox.conftest import ADA, BOB, EVE, OCTETS, Hand, letter
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartScripted
from tests.servers.ports import free_ports
from tests.servers.scripted import (
    Conversation,
    Step,
    close,
    expect,
    greet,
    reply,
    take_content,
    take_message,
)

pytestmark = pytest.mark.both_engines

OK = "250 2.0.0 Ok"
QUEUED = "250 2.0.0 Ok: queued as 4ABC"
PATIENCE = 60.0  # seconds
BYE = expect("QUIT", "221 Bye")


def taken(*recipients: str, answer: str = QUEUED) -> list[Step]:
    """The steps of a message that is taken for these, by default for Bob."""
    to = [expect(f"RCPT TO:<{each}>", OK) for each in recipients or (BOB,)]
    return [expect("MAIL FROM", OK), *to, take_message(answer)]


def test_what_the_server_took_is_sent_and_its_octets_are_gone(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M6: bodies are removed once sent."""
    server = scripted([greet("8BITMIME"), *taken(), BYE])
    message = hand.accept()
    assert hand.parts(message) == 1

    assert hand.deliver(server.port) == 1

    hand.settled()
    assert hand.state(message) is MessageState.SENT
    assert hand.queued(message) is None
    assert hand.parts(message) == 0
    (attempt,) = hand.attempts(message)
    assert (attempt.state, attempt.says) == (MessageState.SENT, QUEUED)


def test_a_message_of_many_parts_arrives_as_it_was(hand: Hand, scripted: StartScripted) -> None:
    """SPEC M8: an attachment of many megabytes is stored and read in parts."""
    line = b"x" * 74 + b"\r\n"
    octets = OCTETS + line * (3 * PART // len(line) + 1)
    came: list[bytes] = []

    def keep(conversation: Conversation) -> None:
        lines = iter(conversation.line, ".")
        came.append("".join(f"{each}\r\n" for each in lines).encode())

    server = scripted(
        [
            greet(),
            *taken()[:-1],
            expect("DATA", "354 Go"),
            keep,
            lambda c: c.send(b"250 Ok\r\n"),
            BYE,
        ]
    )
    message = hand.accept(octets=octets)
    assert hand.parts(message) == 4

    hand.deliver(server.port)

    hand.settled()
    assert hand.state(message) is MessageState.SENT
    assert came == [octets]


def test_a_recipient_who_is_refused_for_good_is_told_apart_from_the_others(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M7: what a server refuses of a message is told per recipient."""
    server = scripted(
        [
            *(greet(), expect("MAIL FROM", OK)),
            expect(f"RCPT TO:<{BOB}>", OK),
            expect(f"RCPT TO:<{EVE}>", "550 5.1.1 No such user here"),
            *(take_message(QUEUED), BYE),
        ]
    )
    message = hand.accept(BOB, EVE)

    hand.deliver(server.port)

    hand.settled()
    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.FAILED}
    assert hand.state(message) is MessageState.FAILED
    assert hand.queued(message) is None
    assert hand.failures == []


def test_by_the_default_service_it_says_who_sets_it(hand: Hand, scripted: StartScripted) -> None:
    """SPEC S1, T6: no field of the page mends a refused sender then, nor a lost connection."""
    hand.operator_variable = "SMTP_PANEL_DEFAULT_URL"
    refused = scripted([greet(), expect("MAIL FROM", "553 5.7.1 not owned by user ada"), BYE])
    message = hand.accept()
    hand.deliver(refused.port)
    hand.settled()
    [attempt] = hand.attempts(message)
    assert attempt.diagnosis
    told = Diagnosis.from_json(attempt.diagnosis)
    hand.accept()
    hand.deliver(free_ports(1)[0])
    for why in (told, *hand.failures):
        assert why.field is None
        assert "SMTP_PANEL_DEFAULT_URL" in why.remedy()


def test_a_recipient_who_is_put_off_is_tried_again_alone(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4, M7: the others have it already and get it once."""
    first = scripted(
        [
            *(greet(), expect("MAIL FROM", OK)),
            expect(f"RCPT TO:<{BOB}>", OK),
            expect(f"RCPT TO:<{EVE}>", "450 4.2.0 Greylisted, try again later"),
            *(take_message(QUEUED), BYE),
        ]
    )
    then = scripted([greet(), *taken(EVE), BYE])
    message = hand.accept(BOB, EVE)
    hand.deliver(first.port)
    hand.settled()
    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.WAITING}
    assert not hand.outbox.has_due()

    hand.clock.wait(seconds=61)
    hand.outbox.beat()
    hand.deliver(then.port)

    hand.settled()
    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.SENT}
    assert hand.state(message) is MessageState.SENT


def test_a_server_that_answers_ahead_of_the_final_dot_has_not_taken_the_message(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M3, M5: nor is the message to blame; it is tried again on another connection."""
    line = b"x" * 74 + b"\r\n"
    early = [expect("DATA", "354 Go"), reply(QUEUED), Conversation.wait_for_end]
    server = scripted([greet(), *taken()[:-1], *early])
    message = hand.accept(octets=OCTETS + line * (4 * PART // len(line)))

    hand.deliver(server.port)
    assert [each.id for each in hand.failures] == ["general-data-unasked"]
    assert hand.state(message) is MessageState.WAITING


def test_no_more_recipients_are_named_at_once_than_the_server_says(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M7, RFC 9422: so that none is refused; the others follow at once."""
    first = scripted([greet("LIMITS RCPTMAX=1", "PIPELINING"), *taken(BOB), BYE])
    then = scripted([greet("LIMITS RCPTMAX=1", "PIPELINING"), *taken(EVE), BYE])
    message = hand.accept(BOB, EVE)
    hand.probe(first.port)
    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.WAITING}

    hand.deliver(then.port)

    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.SENT}


def test_a_message_goes_to_as_many_domains_at_once_as_the_server_says(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M7, RFC 9422."""
    far, here = "far@other.example", "HERE@TEST.EXAMPLE"
    first = scripted([greet("LIMITS RCPTDOMAINMAX=1"), *taken(BOB, here), BYE])
    then = scripted([greet("LIMITS RCPTDOMAINMAX=1"), *taken(far), BYE])
    message = hand.accept(BOB, far, here)
    hand.probe(first.port)
    hand.deliver(then.port)
    assert set(hand.states(message).values()) == {MessageState.SENT}


def test_where_a_server_takes_one_recipient_at_a_time_a_refused_one_keeps_nobody_waiting(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4, RFC 9422: there is one less to be tried, so that it comes to an end."""
    one = greet("LIMITS RCPTMAX=1")
    refused = expect(f"RCPT TO:<{BOB}>", "550 5.1.1 No such user here")
    first = scripted([one, expect("MAIL FROM", OK), refused, BYE])
    message = hand.accept(BOB, EVE)
    hand.probe(first.port)

    hand.deliver(scripted([one, *taken(EVE), BYE]).port)

    assert hand.states(message) == {BOB: MessageState.FAILED, EVE: MessageState.SENT}


def test_a_service_that_fails_is_told_as_ever_where_it_takes_few_recipients_at_once(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M5: the queue rests, and no recipient has used up an attempt."""
    refused = expect("MAIL FROM", "535 5.7.8 Authentication credentials invalid")
    server = scripted([greet("LIMITS RCPTMAX=1"), refused, BYE])
    message = hand.accept(BOB, EVE)
    hand.probe(server.port)
    assert [each.scope.value for each in hand.failures] == ["service"]
    assert set(hand.states(message).values()) == {MessageState.WAITING}
    assert hand.attempts(message) == []


def test_no_more_messages_go_on_a_connection_than_the_server_says(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M7, RFC 9422: another connection follows, and nothing is refused."""
    messages = [hand.accept() for _ in range(3)]
    limited = greet("PIPELINING", "LIMITS MAILMAX=2 RCPTMAX=100")
    assert hand.deliver(scripted([limited, *taken(), *taken(), BYE]).port) == 2
    assert hand.deliver(scripted([limited, *taken(), BYE]).port) == 1
    assert {hand.state(each) for each in messages} == {MessageState.SENT}
    assert hand.failures == []


@pytest.mark.parametrize(
    "too_many",
    [
        "452 4.5.3 Too many recipients",
        "552 5.5.3 Too many recipients",
        "552 Too many recipients",
        "550 5.5.3 Too many recipients",
    ],
)
def test_the_rest_of_too_many_recipients_follows_at_once(
    hand: Hand, scripted: StartScripted, too_many: str
) -> None:
    """SPEC M4, M7; RFC 5321, section 4.5.3.1.10: 452, for which 552 was once written."""
    to_both = [expect(f"RCPT TO:<{BOB}>", OK), expect(f"RCPT TO:<{EVE}>", too_many)]
    first = scripted([greet(), expect("MAIL FROM", OK), *to_both, take_message(QUEUED), BYE])
    message = hand.accept(BOB, EVE)
    hand.probe(first.port)

    hand.deliver(scripted([greet(), *taken(EVE), BYE]).port)

    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.SENT}


def test_an_attempt_that_reached_all_who_still_waited_went_well(
    hand: Hand, scripted: StartScripted
) -> None:
    """M6, M7: whatever became of others before, which the message goes on saying the reason of."""
    to_both = [expect(f"RCPT TO:<{BOB}>", "450 4.2.0 Greylisted, try again later")]
    to_both += [expect(f"RCPT TO:<{EVE}>", "550 5.1.1 No such user here")]
    first = scripted([greet(), expect("MAIL FROM", OK), *to_both, BYE])
    message = hand.accept(BOB, EVE)
    hand.deliver(first.port)
    hand.clock.wait(seconds=61)
    hand.outbox.beat()

    hand.deliver(scripted([greet(), *taken(BOB), BYE]).port)

    assert hand.states(message) == {BOB: MessageState.SENT, EVE: MessageState.FAILED}
    before, last = hand.attempts(message)
    assert (before.state, last.state) == (MessageState.WAITING, MessageState.SENT)
    assert last.diagnosis is None
    with Session(hand.engine) as session:
        row = session.get_one(Message, message)
        ends = session.execute(select(Tally.state, Tally.diagnosis)).all()
    assert (row.state, row.queue_id) == (MessageState.FAILED, "4ABC")
    assert row.diagnosis
    assert "No such user" in row.diagnosis["server_says"]
    assert ends == [(MessageState.FAILED, row.diagnosis["id"])]


def unanswered() -> list[Step]:
    """The steps of a message whose final dot gets no answer: the connection breaks."""
    return [greet(), *taken()[:-1], expect("DATA", "354 Go"), take_content(), close()]


def test_what_the_server_may_have_taken_is_neither_repeated_nor_dropped(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M3: the answer to the final dot is lost."""
    server = scripted(unanswered())
    message = hand.accept()

    hand.deliver(server.port)

    hand.settled()
    assert hand.state(message) is MessageState.UNCERTAIN
    assert hand.queued(message) is None
    assert hand.parts(message) == 1, "an admin may want to send it again"


def test_why_a_message_is_uncertain_goes_before_why_others_do_not_have_it(
    hand: Hand, scripted: StartScripted
) -> None:
    """M3, M6: what nobody knows is what an admin has to decide about."""
    refused = expect(f"RCPT TO:<{EVE}>", "550 5.1.1 No such user here")
    server = scripted([greet(), expect("MAIL FROM", OK), refused, *unanswered()[2:]])
    message = hand.accept(EVE, BOB)

    hand.deliver(server.port)

    assert hand.states(message) == {BOB: MessageState.UNCERTAIN, EVE: MessageState.FAILED}
    (attempt,) = hand.attempts(message)
    assert attempt.diagnosis
    assert attempt.diagnosis["id"] == "data-closed-after-dot"


def test_a_setting_decides_beforehand_that_it_is_sent_again(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M3: `SMTP_PANEL_UNCERTAIN`; as often as any other, and then it is uncertain."""
    hand.outbox.uncertain = Uncertain.RESEND
    server = scripted(unanswered())
    message = hand.accept()

    hand.deliver(server.port)

    assert hand.state(message) is MessageState.WAITING
    hand.clock.wait(days=3, seconds=1)
    hand.outbox.beat()
    hand.deliver(server.port)
    assert hand.state(message) is MessageState.UNCERTAIN


def test_a_setting_decides_beforehand_that_it_counts_as_sent(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M3: `SMTP_PANEL_UNCERTAIN`; the attempt says why it may not have been."""
    hand.outbox.uncertain = Uncertain.SENT
    message = hand.accept()

    hand.deliver(scripted(unanswered()).port)

    assert hand.state(message) is MessageState.SENT
    assert hand.parts(message) == 0
    (attempt,) = hand.attempts(message)
    assert attempt.diagnosis
    assert attempt.stage is Stage.DATA


def test_a_line_that_breaks_before_the_final_dot_costs_nothing(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M5: the network's fault is not the message's."""
    server = scripted([greet(), expect("MAIL FROM", OK), close()])
    message = hand.accept()

    hand.deliver(server.port)

    assert len(hand.failures) == 1
    row = hand.queued(message)
    assert row
    assert (row.owner, row.claims, row.tried_at) == (None, 0, None)
    assert hand.attempts(message) == []


SERVICE_TROUBLE = "451 4.3.0 Temporary system failure"


def test_a_failure_of_the_service_costs_no_attempt(hand: Hand, scripted: StartScripted) -> None:
    """SPEC M5, D3: two messages in a row fare the same."""
    server = scripted([greet(), *(2 * taken(answer=SERVICE_TROUBLE)), BYE])
    messages = [hand.accept(), hand.accept(), hand.accept()]

    hand.deliver(server.port)

    assert [failure.id for failure in hand.failures] == ["server-trouble"]
    assert [hand.state(each) for each in messages] == [MessageState.WAITING] * 3
    assert [hand.attempts(each) for each in messages] == [[], [], []]


def test_a_failure_of_the_service_is_told_though_no_other_message_comes(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M5: the only message is in nobody's hand as soon as it is clear that it can't leave."""
    server = scripted([greet(), *taken(answer=SERVICE_TROUBLE), BYE])
    message = hand.accept()
    hand.idle_seconds = 3600.0
    courier = hand.courier(server.port)
    sending = Thread(target=courier.run, daemon=True)
    sending.start()
    sending.join(PATIENCE)

    assert [failure.id for failure in hand.failures] == ["server-trouble"]
    assert (hand.state(message), hand.attempts(message)) == (MessageState.WAITING, [])
    assert hand.outbox.claim(1) == []


def test_a_message_at_which_the_server_hangs_up_is_given_up_in_time(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4: once another has been taken it is known whose fault that is, and stops no more."""

    def hang_up() -> None:
        hand.clock.wait(hours=1)
        hand.outbox.beat()
        hand.deliver(scripted([greet(), expect("MAIL FROM", OK), close()]).port)

    hangs_up = hand.accept()
    hang_up()
    hang_up()
    assert (len(hand.failures), hand.attempts(hangs_up)) == (2, [])
    fine = hand.accept()
    hand.deliver(scripted([greet(), *taken(), BYE]).port)
    assert hand.state(fine) is MessageState.SENT

    hang_up()
    assert (hand.state(hangs_up), len(hand.attempts(hangs_up))) == (MessageState.WAITING, 1)
    hand.clock.wait(days=3)
    hang_up()
    assert (hand.state(hangs_up), len(hand.attempts(hangs_up))) == (MessageState.FAILED, 2)
    assert len(hand.failures) == 2, "no other message waits for it"


def test_a_failure_of_the_service_that_can_not_be_written_down_keeps_no_message_in_hand(
    hand: Hand, scripted: StartScripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QUEUE, failure 3: it would be `sending` until the end of the process."""

    def fails(_diagnosis: Diagnosis) -> bool:
        raise OperationalError("SELECT", {}, OSError("the connection is lost"))

    monkeypatch.setattr(hand, "_no_service", fails)
    message = hand.accept()

    with pytest.raises(OperationalError):
        hand.deliver(scripted([greet(), *taken(answer=SERVICE_TROUBLE), BYE]).port)

    hand.settled()
    assert [each.id for each in hand.outbox.claim(1)] == [message]


def test_a_message_at_which_the_server_stumbles_holds_up_no_other(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC D3: what is the service's in the server's words is the message's in truth."""
    server = scripted([greet(), *taken(answer=SERVICE_TROUBLE), *taken(), BYE])
    stumbles, fine = hand.accept(), hand.accept()

    hand.deliver(server.port)

    hand.settled()
    assert hand.failures == []
    assert hand.state(fine) is MessageState.SENT
    (attempt,) = hand.attempts(stumbles)
    assert attempt.state is MessageState.WAITING


@pytest.mark.parametrize(
    "answer",
    ["450 4.7.1 Rate limit: 1 message per minute", "550 5.4.5 Daily user sending limit exceeded"],
)
def test_a_limit_that_the_server_names_is_no_message_s_fault(
    hand: Hand, scripted: StartScripted, answer: str
) -> None:
    """SPEC M5: though it is the last one that meets it; it has used up no attempt."""
    server = scripted([greet(), *taken(), *taken(answer=answer), BYE])
    fine, too_many = hand.accept(), hand.accept()

    hand.deliver(server.port)

    assert [failure.server_says for failure in hand.failures] == [answer]
    assert hand.state(fine) is MessageState.SENT
    assert (hand.state(too_many), hand.attempts(too_many)) == (MessageState.WAITING, [])


def test_who_is_put_off_by_settings_of_before_is_tried_by_those_of_now(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC P3, M5: what was met by what is no longer in force counts no more."""

    def meanwhile(_conversation: Conversation) -> None:
        with hand.engine.begin() as connection:
            pause.try_now(connection, hand.clock.now())

    later = reply("450 4.2.0 Greylisted, try again later")
    put_off = [expect("MAIL FROM", OK), expect("RCPT TO"), meanwhile, later]
    message = hand.accept()

    hand.probe(scripted([greet(), *put_off, BYE]).port)
    assert hand.state(message) is MessageState.WAITING
    hand.deliver(scripted([greet(), *taken(), BYE]).port)

    assert hand.state(message) is MessageState.SENT


def test_after_a_failure_another_message_is_tried_next(hand: Hand, scripted: StartScripted) -> None:
    """SPEC M5: one bad message does not stop all."""
    server = scripted([greet(), *taken(answer=SERVICE_TROUBLE), BYE])
    stumbles, next_one = hand.accept(), hand.accept()

    hand.probe(server.port)

    assert len(hand.failures) == 1
    (claimed,) = hand.outbox.claim(2)
    assert claimed.id == next_one != stumbles


@pytest.mark.parametrize("offered", [(), ("PIPELINING",)])
def test_a_server_that_ends_the_connection_after_some_messages_gets_another(
    hand: Hand, scripted: StartScripted, offered: tuple[str, ...]
) -> None:
    """SPEC M7: many providers take no more than so many messages on a connection.

    Also where the envelope that is refused came behind the dot before it (QUEUE 3.11).
    """
    too_many = [expect("MAIL FROM", "421 4.7.0 Too many messages, closing connection")]
    server = scripted(
        [greet(*offered), *taken(), *too_many, lambda conversation: conversation.close()]
    )
    sent, waits = hand.accept(), hand.accept()

    hand.deliver(server.port)

    hand.settled()
    assert hand.failures == []
    assert hand.state(sent) is MessageState.SENT
    row = hand.queued(waits)
    assert row
    assert (row.owner, row.due <= hand.clock.now()) == (None, True)


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("554 5.7.1 Message rejected as spam", MessageState.FAILED),
        ("451 4.7.1 Greylisting in action, please come back later", MessageState.WAITING),
    ],
)
def test_a_refused_message_concerns_itself_alone(
    hand: Hand, scripted: StartScripted, reply: str, state: MessageState
) -> None:
    """SPEC D3, M4: the next message on the same connection is taken."""
    server = scripted([greet(), *taken(answer=reply), *taken(), BYE])
    refused, fine = hand.accept(), hand.accept()

    hand.deliver(server.port)

    hand.settled()
    assert hand.state(refused) is state
    assert hand.state(fine) is MessageState.SENT
    assert hand.failures == []


def test_a_message_that_is_larger_than_the_server_takes_is_given_up_at_once_and_kept(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4, M6, RFC 1870: with the reason, and nothing of it is sent; it can be sent again."""
    server = scripted([greet("SIZE 1000"), *taken(), BYE])
    large, fine = hand.accept(octets=OCTETS + 1000 * b"x"), hand.accept()

    hand.deliver(server.port)

    assert (hand.state(large), hand.state(fine)) == (MessageState.FAILED, MessageState.SENT)
    (attempt,) = hand.attempts(large)
    assert "exceeds the size limit of 1000 octets" in str(attempt.diagnosis)
    assert hand.parts(large) == 1


def test_an_address_of_any_script_is_reached_by_a_server_that_offers_it_and_by_no_other(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M8, RFC 6531: where SMTPUTF8 is not offered, nothing of the message is sent."""
    states, address = [], "jürgen@test.example"
    said = address.encode().decode("latin-1")  # as the script reads it
    for extensions, script in ((["SMTPUTF8"], taken(said)), ([], [])):
        message = hand.accept(address)
        hand.deliver(scripted([greet(*extensions, "SIZE"), *script, BYE]).port)
        states.append(hand.state(message))
    (attempt,) = hand.attempts(message)

    assert states == [MessageState.SENT, MessageState.FAILED]
    assert "SMTPUTF8" in str(attempt.diagnosis)


@pytest.mark.parametrize(
    ("own", "sent"), [("ada@test.example", "<bounces@acme.example>"), ("", "<>")]
)
def test_the_envelope_sender_of_the_settings_is_for_what_has_one(
    hand: Hand, scripted: StartScripted, own: str, sent: str
) -> None:
    """F12; RFC 5321, section 4.5.5: a notice keeps none, or it would go in circles."""
    hand.envelope_sender = "bounces@acme.example"
    message = hand.accept(sender=own)

    script = [greet(), expect(f"MAIL FROM:{sent}", OK), expect("RCPT TO", OK), take_message(OK)]
    hand.deliver(scripted([*script, BYE]).port)

    assert hand.state(message) is MessageState.SENT


def test_a_message_without_a_recipient_is_refused() -> None:
    """SPEC M8."""
    with pytest.raises(ValueError, match="without a recipient"):
        replace(letter(), recipients=())


def test_an_address_that_would_end_a_command_is_refused() -> None:
    """SPEC M8: header and command injection is impossible."""
    with pytest.raises(ValueError, match="one word"):
        letter(f"{BOB}>\r\nDATA")


def test_an_address_that_is_longer_than_any_is_refused() -> None:
    """SPEC M8: on every database, and not as if that could not be used now."""
    address = f"{'b' * 320}@test.example"
    with pytest.raises(ValueError, match="at most 320 characters"):
        letter(BOB, address)
    with pytest.raises(ValueError, match="at most 320 characters"):
        letter(sender=address)


def test_a_message_that_nobody_can_come_to_an_end_with_stops_no_other(
    hand: Hand, scripted: StartScripted
) -> None:
    """QUEUE, failure 5: here its octets are gone, whoever removed them."""
    broken, fine = hand.accept(), hand.accept()
    with hand.engine.begin() as connection:
        connection.execute(delete(Body).where(Body.message == broken))
    server = scripted([greet(), *taken(), BYE])
    for _ in range(2):
        with pytest.raises(NoResultFound):
            hand.deliver(server.port)
        assert hand.state(fine) is MessageState.WAITING

    hand.deliver(server.port)
    assert (hand.state(fine), hand.state(broken)) == (MessageState.SENT, MessageState.WAITING)
    hand.clock.wait(seconds=61)
    hand.outbox.beat()
    with pytest.raises(NoResultFound):
        hand.deliver(server.port)
    hand.clock.wait(seconds=61)
    hand.outbox.beat()
    hand.deliver(scripted([greet(), BYE]).port)

    assert hand.state(broken) is MessageState.FAILED
    assert "Three workers" in str(hand.attempts(broken)[0].says)


def test_what_has_expired_is_not_sent_and_nobody_can_send_it_again(
    hand: Hand, scripted: StartScripted
) -> None:
    """QUEUE 3.6: a link that works no more only leads whoever gets it astray."""
    message = hand.accept(expires_at=hand.clock.now() + timedelta(hours=1))
    fine = hand.accept(BOB, EVE)
    hand.clock.jump(hours=1)
    server = scripted([greet(), *taken(BOB, EVE), BYE])

    hand.deliver(server.port)

    assert (hand.state(message), hand.state(fine)) == (MessageState.FAILED, MessageState.SENT)
    assert hand.parts(message) == 0
    (attempt,) = hand.attempts(message)
    assert str(attempt.says).startswith("The link in this message expired")


def test_what_is_sent_again_expires_as_before(hand: Hand, scripted: StartScripted) -> None:
    """QUEUE 3.6: whoever presses Send again may not know how long its link works."""
    message = hand.accept(expires_at=hand.clock.now() + timedelta(hours=1))
    hand.deliver(scripted([greet(), *taken(answer="554 5.7.1 Spam"), BYE]).port)
    hand.clock.jump(hours=1)
    with Session(hand.engine) as session, session.begin():
        handling.resend(session, message, Actor("test"))

    hand.deliver(scripted([greet(), BYE]).port)

    assert hand.state(message) is MessageState.FAILED
    assert str(hand.attempts(message)[-1].says).startswith("The link in this message expired")


def test_what_has_expired_does_not_stand_for_the_service(
    hand: Hand, scripted: StartScripted
) -> None:
    """M5: another message shows whether mail leaves again."""
    expired = hand.accept(expires_at=hand.clock.now() + timedelta(hours=1))
    fine = hand.accept(EVE)
    hand.clock.jump(hours=1)

    hand.probe(scripted([greet(), *taken(EVE), BYE]).port)

    assert (hand.state(expired), hand.state(fine)) == (MessageState.FAILED, MessageState.SENT)


def test_where_nothing_is_left_to_be_tried_nobody_knows_whether_the_service_works(
    hand: Hand, scripted: StartScripted
) -> None:
    """W4: by a login alone mail that was refused is not told to leave again."""
    hand.accept(expires_at=hand.clock.now() + timedelta(hours=1))
    hand.clock.jump(hours=1)

    assert not hand.courier(scripted([greet(), BYE]).port).probe()


def test_421_in_the_place_of_the_answer_is_a_refusal_and_no_doubt(
    hand: Hand, scripted: StartScripted
) -> None:
    """QUEUE, failure 1: any reply is definite; only silence leaves it open."""
    server = scripted([greet(), *taken(answer="421 4.3.2 Shutting down")])
    message = hand.accept()

    hand.deliver(server.port)

    assert hand.state(message) is MessageState.WAITING
    row = hand.queued(message)
    assert row
    assert (row.owner, row.claims) == (None, 0)


def test_a_message_that_nobody_can_come_to_an_end_with_takes_none_beside_it_along(
    hand: Hand,
) -> None:
    """QUEUE, failure 5: one envelope was begun before it, and another one would have followed."""
    before, broken, after = hand.accept(), hand.accept(), hand.accept()
    with hand.engine.begin() as connection:
        connection.execute(delete(Body).where(Body.message == broken))
    with chaotic_server() as sink:
        for _ in range(4):
            with suppress(NoResultFound):
                hand.deliver(sink.port)
            hand.clock.wait(seconds=61)
            hand.outbox.beat()

    assert hand.state(broken) is MessageState.FAILED
    assert {hand.state(before), hand.state(after)} == {MessageState.SENT}
    assert sink.taken.total() == 2


def test_a_message_whose_answer_can_not_be_judged_is_not_sent_again_by_itself(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: by a mistake of ours nobody knows what the server said; the next one is sent."""
    odd, fine = hand.accept(), hand.accept()

    def judged(claimed: Claimed, *how: Any, **about: Any) -> Outcome:
        if claimed.id == odd:
            raise KeyError(odd)
        return judge(claimed, *how, **about)

    monkeypatch.setattr(courier, "judge", judged)
    with chaotic_server() as sink:
        with pytest.raises(KeyError):
            hand.deliver(sink.port)
        hand.deliver(sink.port)

    assert hand.state(odd) is MessageState.UNCERTAIN
    assert hand.state(fine) is MessageState.SENT
    assert sink.taken.total() == 2


def test_no_message_is_given_up_because_the_database_fails(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QUEUE, failure 5: others go first meanwhile, for it may be so of this one alone."""

    def fails(*_asked: object) -> bytes:
        raise OperationalError("SELECT", {}, OSError("the connection is lost"))

    large = hand.accept(octets=OCTETS + bytes(PART))
    small = hand.accept()
    with chaotic_server() as sink:
        with monkeypatch.context() as unreadable:
            unreadable.setattr(claims, "read_part", fails)
            for _ in range(4):
                with pytest.raises(OperationalError):
                    hand.deliver(sink.port)
                hand.deliver(sink.port)
                hand.clock.wait(seconds=60)
                hand.outbox.beat()
        assert hand.state(small) is MessageState.SENT
        hand.deliver(sink.port)

    assert hand.state(large) is MessageState.SENT


def test_a_message_at_which_the_server_stumbles_is_given_up_after_three_days(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4: it was tried for as long as any other, each time beside one that was taken."""
    stumbles, trouble = hand.accept(), taken(answer=SERVICE_TROUBLE)
    for messages in ([*trouble, *taken(EVE)], [*taken(EVE), *trouble]):
        hand.accept(EVE)
        hand.deliver(scripted([greet(), *messages, BYE]).port)
        assert hand.failures == []
        hand.clock.wait(days=3)
        hand.outbox.beat()

    assert hand.state(stumbles) is MessageState.FAILED


def test_a_recipient_whom_the_service_fails_is_given_up_after_three_days(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4: others had the message from the same server, at the first attempt or at another."""
    later = [expect("RCPT TO", SERVICE_TROUBLE)]
    message = hand.accept(BOB, EVE, ADA)
    first = [expect("RCPT TO", OK), *2 * later]
    hand.deliver(scripted([greet(), expect("MAIL FROM", OK), *first, take_message(OK), BYE]).port)
    hand.clock.wait(days=3)
    hand.outbox.beat()
    again = [*later, expect("RCPT TO", OK)]
    hand.deliver(scripted([greet(), expect("MAIL FROM", OK), *again, take_message(OK), BYE]).port)

    assert hand.states(message) == {
        BOB: MessageState.SENT,
        EVE: MessageState.FAILED,
        ADA: MessageState.SENT,
    }
