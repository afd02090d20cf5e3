"""Who has which message in hand (SPEC M3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, PoolProxiedConnection, delete, event, text
from sqlalchemy.exc import OperationalError

from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.model import Lane, MessageState, WorkerHeartbeat
from smtp_panel.outbox.outcomes import Fate, Outcome
from smtp_panel.outbox.transactions import Transactions
from tests.outbox.conftest import BOB, EVE, OCTETS, Hand, StartHand, letter

pytestmark = pytest.mark.both_engines


def sent(hand: Hand, claimed: Claimed) -> Outcome:
    """A message in hand that the server has taken."""
    fates = dict.fromkeys(claimed.recipients, Fate(MessageState.SENT))
    return Outcome(claimed=claimed, at=hand.clock.now(), ms=1.0, fates=fates)


def test_the_urgent_goes_first_then_the_oldest(hand: Hand) -> None:
    """QUEUE, lanes: somebody waits for an invitation or a reset, and many for a newsletter."""
    many = hand.accept(*(f"reader{number}@test.example" for number in range(11)))
    bulk = hand.accept(lane=Lane.BULK)
    first, second = hand.accept(), hand.accept()
    reset = hand.accept(lane=Lane.URGENT)

    claimed = hand.outbox.claim(10)

    assert [each.id for each in claimed] == [reset, first, second, many, bulk]


def test_what_is_to_be_sent_later_is_not_claimed_before(hand: Hand) -> None:
    """SPEC section 11: send_at."""
    later = hand.clock.now() + datetime.timedelta(hours=1)
    message = hand.accept(send_at=later)
    assert hand.outbox.claim(10) == []
    assert not hand.outbox.has_due()

    hand.clock.wait(hours=1)
    hand.outbox.beat()

    assert hand.outbox.has_due()
    assert [each.id for each in hand.outbox.claim(10)] == [message]


def test_no_two_workers_have_the_same_message(another_hand: StartHand) -> None:
    """SPEC M3: nothing else than a crash may send a message twice."""
    hands = [another_hand() for _ in range(4)]
    accepted = [hands[0].accept() for _ in range(60)]

    with ThreadPoolExecutor(len(hands)) as threads:
        taken = list(threads.map(lambda hand: [hand.outbox.claim(5) for _ in range(4)], hands))

    ids = [each.id for claims in taken for claim in claims for each in claim]
    assert sorted(ids) == sorted(accepted)


@pytest.mark.parametrize(
    ("node", "claims"), [("test", 1), ("web-2", 2)], ids=["here", "on another machine"]
)
def test_what_a_dead_worker_had_in_hand_is_taken_up_within_a_minute(
    another_hand: StartHand, node: str, claims: int
) -> None:
    """Section 11, A8: whatever the clocks of the machines say, for a beat is no moment.

    Only here can it be read that the message was not begun, and so is not to blame.
    """
    dead, lives = another_hand(node), another_hand()
    message = dead.accept()
    assert [each.id for each in dead.outbox.claim(1)] == [message]
    lives.outbox.beat()

    lives.clock.wait(seconds=39)
    lives.outbox.beat()
    assert not lives.outbox.has_due()
    lives.clock.wait(seconds=20)
    lives.outbox.beat()

    (claimed,) = lives.outbox.claim(1)
    assert (claimed.id, claimed.claims) == (message, claims)


def test_a_worker_that_beats_keeps_what_it_has(another_hand: StartHand) -> None:
    """QUEUE, failure 3: the age of a claim proves nothing."""
    slow, other = another_hand(), another_hand()
    slow.accept()
    slow.outbox.claim(1)
    for _ in range(20):
        other.clock.wait(seconds=10)
        slow.outbox.beat()
        other.outbox.beat()

    assert not other.outbox.has_due()


def test_a_worker_that_was_given_up_changes_nothing_any_more(another_hand: StartHand) -> None:
    """QUEUE 3.4: stopped past its time, it comes back and finds the message with another."""
    stopped, other = another_hand(), another_hand()
    message = stopped.accept()
    (old,) = stopped.outbox.claim(1)
    other.outbox.beat()
    other.clock.wait(seconds=41)
    other.outbox.beat()
    (new,) = other.outbox.claim(1)
    assert (new.id, new.token) == (message, old.token + 1)

    stopped.outbox.settle(sent(stopped, old))
    stopped.outbox.give_back([old])
    stopped.settled()

    row = stopped.queued(message)
    assert row
    assert (row.token, row.owner is None) == (new.token, False)
    assert stopped.state(message) is MessageState.WAITING
    assert len(stopped.attempts(message)) == 1, "what it did is written down all the same"


def test_a_claim_that_is_over_takes_no_message_from_a_later_one_of_the_same_worker(
    hand: Hand,
) -> None:
    """QUEUE 3.4: else it would be sent on another connection as well."""
    message = hand.accept()
    for _ in range(2):
        old = hand.outbox.claim(1)
        hand.outbox.give_back(old)
        hand.settled()
    (new,) = hand.outbox.claim(1)

    hand.outbox.give_back(old)
    hand.outbox.settle(sent(hand, *old))
    hand.settled()

    row = hand.queued(message)
    assert row
    assert (row.token, row.owner is None) == (new.token, False)


def test_a_worker_that_was_long_silent_takes_no_message_and_begins_none(hand: Hand) -> None:
    """QUEUE 3.4: a server can't check a token, so whoever may be given up sends nothing."""
    waiting = hand.outbox.want(1)
    assert hand.outbox.claim(1) == []

    hand.clock.wait(seconds=21)
    messages = [hand.accept(), hand.accept()]

    assert not hand.outbox.may_begin
    assert hand.outbox.claim(2) == []
    hand.outbox.beat()
    hand.outbox.look()
    assert [each.id for each in (*waiting.found.result(60), *hand.outbox.claim(2))] == messages
    assert hand.outbox.may_begin


def test_what_was_claimed_and_not_tried_goes_back_as_it_was(hand: Hand) -> None:
    """SPEC M5: no attempt is burnt."""
    message = hand.accept(BOB, EVE)
    before = hand.queued(message)
    claimed = hand.outbox.claim(1)

    hand.outbox.give_back(claimed)
    hand.settled()

    after = hand.queued(message)
    assert before
    assert after
    assert (after.due, after.claims, after.owner) == (before.due, before.claims, None)


def test_what_is_accepted_goes_straight_to_whoever_waits_for_it(another_hand: StartHand) -> None:
    """SPEC M7: claimed with the very commit that accepts it, and owned as by any other claim."""
    hand, other = another_hand(), another_hand()
    waiting = hand.outbox.want(2)
    assert hand.outbox.claim(1) == []
    begun: list[object] = []
    event.listen(hand.engine, "begin", begun.append)

    message = hand.accept()
    (found,) = waiting.found.result(60)

    assert len(begun) == 1
    assert (found.id, found.octets) == (message, OCTETS)
    assert other.outbox.claim(10) == []
    hand.outbox.settle(sent(hand, found))
    hand.settled()
    assert hand.state(message) is MessageState.SENT


def test_what_others_accepted_before_goes_first(another_hand: StartHand) -> None:
    """SPEC M5: oldest first, whichever process accepted it."""
    hand, other = another_hand(), another_hand()
    older, newer = other.accept(), hand.accept()

    assert [each.id for each in hand.outbox.want(1).found.result(60)] == [older]
    assert [each.id for each in hand.outbox.want(1).found.result(60)] == [newer]


def test_who_waits_no_longer_is_given_nothing(hand: Hand) -> None:
    """SPEC M3: a message in the hand of nobody who sends it would wait for ever."""
    waiting = hand.outbox.want(10)
    hand.outbox.end(waiting)
    assert waiting.found.result(60) == []

    message = hand.accept()

    row = hand.queued(message)
    assert row
    assert row.owner is None


def test_what_others_made_due_is_found_by_a_look(another_hand: StartHand) -> None:
    """SPEC M4: a message that was put off is due again without anybody accepting one."""
    hand, other = another_hand(), another_hand()
    waiting = hand.outbox.want(10)
    assert hand.outbox.claim(1) == []
    message = other.accept()
    assert not waiting.found.done()

    hand.outbox.look()

    assert [each.id for each in waiting.found.result(60)] == [message]


def test_a_message_of_an_owner_that_nobody_knows_is_free_again(another_hand: StartHand) -> None:
    """QUEUE 3.4: one that was given up, claimed once more, and died before its next beat."""
    lost, lives = another_hand(), another_hand()
    message = lost.accept()
    lost.outbox.claim(1)
    row = lost.queued(message)
    assert row
    with lost.engine.begin() as connection:
        connection.execute(delete(WorkerHeartbeat).filter_by(id=row.owner))

    lives.outbox.beat()

    assert [each.id for each in lives.outbox.claim(1)] == [message]


LOST = OperationalError("COMMIT", {}, OSError("the connection is lost"))


class Unheard(Transactions):
    """The answer to the next commit is lost on its way."""

    lost = False
    unreadable: Exception | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with super().reading() as connection:
            if self.unreadable:
                raise self.unreadable
            yield connection


@pytest.fixture
def unheard(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Unheard:
    """The transactions of the hand."""
    hand.outbox.transaction = found = Unheard(hand.engine)
    commit = hand.engine.dialect.do_commit

    def do_commit(connection: PoolProxiedConnection) -> None:
        commit(connection)
        if found.lost:
            found.lost = False
            raise LOST

    monkeypatch.setattr(hand.engine.dialect, "do_commit", do_commit)
    return found


def test_a_claim_whose_answer_was_lost_is_nobody_s_for_long(hand: Hand, unheard: Unheard) -> None:
    """QUEUE, failure 3: it would be `sending` until the end of the process."""
    message = hand.accept()
    unheard.lost = True
    with pytest.raises(OperationalError):
        hand.outbox.claim(1)
    assert hand.outbox.claim(1) == []

    hand.outbox.take_back()

    (claimed,) = hand.outbox.claim(1)
    assert (claimed.id, claimed.claims) == (message, 1)
    hand.outbox.take_back()  # all is well: what is in hand stays there
    assert hand.outbox.claim(1) == []


@pytest.mark.parametrize("why", [LOST, MemoryError()], ids=["lost", "no memory"])
def test_a_claim_that_can_not_be_read_is_nobody_s_for_long(
    hand: Hand, unheard: Unheard, why: Exception
) -> None:
    """The same, where the database is lost, or memory is short, after the commit."""
    message = hand.accept()
    unheard.unreadable = why
    with pytest.raises(type(why)):
        hand.outbox.claim(1)
    unheard.unreadable = None
    assert hand.outbox.claim(1) == []

    hand.outbox.take_back()

    assert [each.id for each in hand.outbox.claim(1)] == [message]


def test_what_is_stored_is_accepted_though_the_answer_was_lost(
    hand: Hand, unheard: Unheard
) -> None:
    """SPEC M3: whoever is told that it is not would send it again."""
    unheard.lost = True
    message = hand.accept()
    assert hand.outbox.accept(letter()) != message
    assert hand.state(message) is MessageState.WAITING


def test_the_outcomes_of_many_are_written_in_one_transaction(hand: Hand) -> None:
    """SPEC M7: what a commit costs is shared."""
    for _ in range(30):
        hand.accept()
    claimed = hand.outbox.claim(30)
    begun: list[object] = []
    event.listen(hand.engine, "begin", begun.append)

    for each in claimed:
        hand.outbox.settle(sent(hand, each))
    hand.settled()

    assert len(begun) <= 2
    assert all(hand.state(each.id) is MessageState.SENT for each in claimed)


def plan(engine: Engine, statement: str) -> str:
    """How the database would find the rows of `statement`."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))
            return "\n".join(row.detail for row in rows)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {statement}")))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            "SELECT id FROM queue WHERE owner IS NULL AND lane = 1 AND due <= '2026-11-28'"
            " ORDER BY due, id LIMIT 50",
            "ix_queue_due",
        ),
        ("SELECT id FROM queue WHERE owner = 'x'", "ix_queue_owner"),
        (
            "SELECT id FROM message WHERE state = 'failed' AND finished_at IS NOT NULL"
            " ORDER BY id DESC LIMIT 50",
            "ix_message_ended",
        ),
        (
            "SELECT message FROM message_recipient WHERE lower(address) = lower('X')"
            " ORDER BY message LIMIT 50",
            "ix_message_recipient_address",
        ),
    ],
)  # fmt: skip
def test_no_look_goes_through_all_rows(hand: Hand, statement: str, index: str) -> None:
    """QUEUE 3.11, SPEC M6: as quick with a million rows as with none."""
    found = plan(hand.engine, statement)

    assert index in found
    assert "TEMP B-TREE" not in found
    assert "Sort" not in found
