"""What goes to more recipients than a server takes at once goes on with those who are next (M7)."""

from __future__ import annotations

import datetime

import pytest

from smtp_panel.audit import Actor
from smtp_panel.outbox import handling, recording
from smtp_panel.outbox.journal import Mark
from smtp_panel.outbox.model import Lane, MessageState
from smtp_panel.storage import db, writing
from tests.outbox.conftest import BOB, EVE, Hand, StartHand, letter
from tests.outbox.test_delivery import BYE, OK, taken
from tests.outbox.test_journal import give_up
from tests.outbox.test_plans import asked_of
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Step, expect, greet

pytestmark = pytest.mark.both_engines

ONE = greet("LIMITS RCPTMAX=1")
DAN, FAY = "dan@test.example", "fay@test.example"
ALL = (BOB, DAN, EVE, FAY)
WAITING, SENT, UNCERTAIN = MessageState.WAITING, MessageState.SENT, MessageState.UNCERTAIN


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue has two of those who are left, and not a thousand."""
    monkeypatch.setattr(recording, "PART", 2)


def deferred(*recipients: str) -> list[Step]:
    """The steps of a message that is refused for now."""
    greylisted = "450 4.2.0 Greylisted, try again later"
    return [
        expect("MAIL FROM", OK),
        *(expect(f"RCPT TO:<{each}>", greylisted) for each in recipients),
    ]


def named(hand: Hand, message: str) -> list[str]:
    """Those of the recipients whom the queue has."""
    queued = hand.queued(message)
    return [address for _, address in queued.recipients] if queued else []


def test_who_is_to_be_tried_later_keeps_nobody_waiting_who_was_not_tried_yet(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4, RFC 9422: the first of them would be tried again and again."""
    message = hand.accept(BOB, EVE)
    hand.probe(scripted([ONE, *deferred(BOB), BYE]).port)
    hand.clock.wait(seconds=61)
    hand.outbox.beat()

    hand.probe(scripted([ONE, *taken(EVE), BYE]).port)

    assert hand.states(message) == {BOB: WAITING, EVE: SENT}


@pytest.mark.usefixtures("few_at_a_time")
def test_each_has_the_message_once_whoever_is_refused_or_deferred(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4, M7: the queue has those who are next, and comes back to who was deferred."""
    message = hand.accept(*ALL)
    refused = expect(f"RCPT TO:<{DAN}>", "550 5.1.1 No such user here")
    hand.probe(scripted([ONE, *taken(BOB), BYE]).port)
    assert named(hand, message) == [DAN, EVE]
    hand.probe(scripted([ONE, expect("MAIL FROM", OK), refused, BYE]).port)
    hand.probe(scripted([ONE, *deferred(EVE), BYE]).port)
    hand.clock.wait(seconds=61)
    hand.outbox.beat()
    assert named(hand, message) == [FAY, EVE]
    hand.probe(scripted([ONE, *taken(FAY), BYE]).port)
    hand.probe(scripted([ONE, *taken(EVE), BYE]).port)

    assert hand.states(message) == {BOB: SENT, DAN: MessageState.FAILED, EVE: SENT, FAY: SENT}
    assert hand.queued(message) is None


@pytest.mark.usefixtures("few_at_a_time")
def test_all_who_were_put_off_together_are_tried_together_again(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4, M7: at each time that is due those who are next, at once, and the others behind."""
    message = hand.accept(*ALL)
    hand.probe(scripted([greet(), *deferred(*ALL), BYE]).port)
    hand.clock.wait(seconds=75)
    hand.outbox.beat()
    hand.probe(scripted([greet(), *deferred(BOB, DAN), BYE]).port)

    hand.probe(scripted([greet(), *deferred(EVE, FAY), BYE]).port)

    assert not hand.outbox.has_due(), "they were all tried"
    hand.clock.wait(seconds=90)
    hand.outbox.beat()
    for people in ((BOB, DAN), (EVE, FAY)):
        hand.probe(scripted([greet(), *taken(*people), BYE]).port)
    assert set(hand.states(message).values()) == {SENT}
    assert hand.queued(message) is None


@pytest.mark.usefixtures("few_at_a_time")
def test_where_the_message_itself_is_put_off_the_others_are_not_asked_for_at_once(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M4: they would fare the same, and the server be asked again and again."""
    hand.accept(*ALL)
    later = taken(*ALL, answer="451 4.3.0 Try again later")
    hand.probe(scripted([greet(), *later, BYE]).port)
    hand.clock.wait(seconds=75)
    hand.outbox.beat()

    later = taken(BOB, DAN, answer="451 4.3.0 Try again later")
    hand.probe(scripted([greet(), *later, BYE]).port)

    assert not hand.outbox.has_due()


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize(
    ("mark", "known"), [(Mark.TAKEN, SENT), (Mark.ENDING, UNCERTAIN), (Mark.ANSWERED, WAITING)]
)
def test_where_a_process_dies_only_those_are_in_doubt_whom_it_has_named(
    another_hand: StartHand, scripted: StartScripted, mark: Mark, known: MessageState
) -> None:
    """SPEC M3: the others have the message, once, as if nothing had happened."""
    hand, other = another_hand(), another_hand()
    message = hand.accept(*ALL)
    hand.probe(scripted([ONE, *taken(BOB), BYE]).port)
    [claimed] = hand.outbox.claim(1)
    hand.outbox.journal.mark(claimed.claim, mark)
    give_up(other)
    assert other.states(message) == {BOB: SENT, DAN: known, EVE: known, FAY: WAITING}

    for people in [(DAN, EVE), (FAY,)] if known is WAITING else [(FAY,)]:
        other.probe(scripted([greet(), *taken(*people), BYE]).port)

    assert other.queued(message) is None
    assert other.states(message)[FAY] is SENT


@pytest.mark.usefixtures("few_at_a_time")
def test_what_is_of_no_use_any_more_ends_for_all_who_wait(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M3: an invitation that has expired, to however many."""
    soon = hand.clock.now() + datetime.timedelta(minutes=5)
    message = hand.accept(*ALL, expires_at=soon)
    hand.probe(scripted([ONE, *taken(BOB), BYE]).port)
    hand.clock.wait(minutes=6)
    hand.outbox.beat()
    hand.deliver(scripted([ONE, BYE]).port)

    failed = MessageState.FAILED
    assert hand.states(message) == {BOB: SENT, DAN: failed, EVE: failed, FAY: failed}
    assert hand.queued(message) is None


@pytest.mark.usefixtures("few_at_a_time")
def test_what_is_on_its_way_goes_before_more_bulk_and_not_before_other_mail(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M5."""
    message = hand.accept(*ALL)
    hand.probe(scripted([ONE, *taken(BOB), BYE]).port)
    bulk, mail = letter(lane=Lane.BULK), letter()
    hand.outbox.accept(bulk)
    hand.outbox.accept(mail)

    assert [each.id for each in hand.outbox.claim(3)] == [mail.id, message, bulk.id]


def test_what_goes_to_any_number_of_people_can_be_sent_again(hand: Hand) -> None:
    """SPEC M6: PostgreSQL takes at most 65,535 values with a statement, one for each of them."""
    message = hand.accept(*(f"reader{number}@test.example" for number in range(200)))
    with writing(db.session) as session:
        by = Actor("test")
        handling.cancel(session, message, by)
        with asked_of(hand.engine) as asked:
            handling.resend(session, message, by)

    assert max(map(len, asked.values())) < 20
    assert len(named(hand, message)) == 200
