"""A clock that somebody sets, or that was wrong, keeps no message back (QUEUE, failure 10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from smtp_panel.outbox import limits, volume
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.model import Queued
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.volume import SentMail
from tests.outbox.conftest import SILENT, Hand, StartHand, route_to
from tests.outbox.test_limits import known


def test_a_clock_that_jumps_takes_no_message_from_whoever_has_it(
    another_hand: StartHand,
) -> None:
    """QUEUE 3.9: who lives is told by beats, and by no clock that somebody may set."""
    hand, other = another_hand(), another_hand()
    message = hand.accept()
    (claimed,) = hand.outbox.claim(1)

    for hours in (1, -2):
        for each in (hand, other):
            each.clock.jump(hours=hours)
            each.outbox.beat()
        assert not other.outbox.has_due()

    later = hand.accept(accepted_at=hand.clock.now())
    assert [each.id for each in other.outbox.claim(2)] == [later], "its time is the new one"
    hand.outbox.give_back([claimed])
    hand.settled()
    other.clock.jump(hours=1)
    assert [each.id for each in other.outbox.claim(2)] == [message]


def test_what_was_put_off_is_tried_in_time_though_the_database_failed_as_the_clock_was_set(
    hand: Hand,
) -> None:
    """QUEUE, failure 10: nobody sets it again, and what waits would do so for a day."""
    hand.clock.jump(days=1)
    hand.outbox.beat()
    message = hand.accept(accepted_at=hand.clock.now())
    hand.clock.jump(days=-1)
    with hand.engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox_limit RENAME TO lost"))
    with pytest.raises(OperationalError):
        hand.outbox.beat()
    with hand.engine.begin() as connection:
        connection.execute(text("ALTER TABLE lost RENAME TO outbox_limit"))

    hand.outbox.beat()

    assert [each.id for each in hand.outbox.claim(1)] == [message]


@pytest.mark.both_engines
def test_what_was_put_off_by_a_clock_that_was_ahead_is_tried_in_time(hand: Hand) -> None:
    """QUEUE, failure 10: by a day here; what somebody wants to be sent later waits all the same."""
    hand.clock.jump(days=1)
    hand.outbox.beat()
    fresh = hand.accept(accepted_at=hand.clock.now())
    put_off = hand.accept(accepted_at=hand.clock.now())
    later = hand.accept(send_at=hand.clock.now() + timedelta(days=1))
    hand.outbox.service_failed(SILENT, 0, probing=False)
    with hand.engine.begin() as connection:
        tried = update(Queued).where(Queued.id == put_off)
        connection.execute(tried.values(tried_at=hand.clock.now()))

    hand.clock.jump(days=-1)
    assert not hand.outbox.has_due()
    hand.outbox.beat()

    assert {each.id for each in hand.outbox.claim(10)} == {fresh, put_off}
    assert hand.outbox.rest().may_try(hand.clock.now())
    row = hand.queued(later)
    assert row
    assert row.due > hand.clock.now() + timedelta(days=1)


@pytest.mark.both_engines
def test_what_a_clock_has_accepted_for_the_next_hour_is_sent_once_it_is_right(hand: Hand) -> None:
    """M5: nobody has put it off, and somebody waits for it."""
    hand.clock.jump(hours=1)
    hand.outbox.beat()
    fresh = hand.accept(accepted_at=hand.clock.now())
    hand.accept(send_at=hand.clock.now() + timedelta(minutes=1))

    hand.clock.jump(hours=-1)
    hand.outbox.beat()

    assert [each.id for each in hand.outbox.claim(10)] == [fresh]


@pytest.mark.both_engines
def test_what_was_sent_by_a_clock_that_was_ahead_counts_as_sent_now(hand: Hand) -> None:
    """M5: a quota is full for a day at most, and what was learnt is not believed for ever."""
    account, day = route_to(25).account.key, LimitKind.PER_DAY
    hand.accept()
    hand.clock.jump(days=30)
    hand.outbox.beat()
    with hand.engine.begin() as connection:
        now = hand.clock.now()
        volume.count(
            connection, [SentMail(account, now - timedelta(minutes=each), 2) for each in (0, 5)]
        )
        volume.count(connection, [SentMail("another", now, 1)])
        limits.learn(connection, day, 4, account=account, now=now, says="No more")
        limits.lift(connection, "another", day, Limit(9), by="Ada", now=now)
    hand.outbox.quotas = Quotas(account, {day: Limit(4)})
    assert hand.outbox.is_full(hand.outbox.rest())

    hand.clock.jump(days=-30)
    hand.outbox.beat()

    assert hand.outbox.is_full(hand.outbox.rest())
    until = hand.pause().full_until
    assert until
    assert timedelta(hours=23) < until - hand.clock.now() < timedelta(hours=25)
    with hand.engine.connect() as connection:
        assert volume.volumes(connection, account, hand.clock.now())[day] == (2, 4)
        assert volume.volumes(connection, "another", hand.clock.now())[day] == (1, 1)
    assert known(hand) == {}
    assert known(hand, "another")[day].value == 9
    hand.clock.wait(days=1, seconds=20)
    assert not hand.outbox.is_full(hand.outbox.rest())


def test_a_wait_of_the_usual_length_is_left_as_it_is(hand: Hand) -> None:
    """QUEUE 3.9: a clock that is set by some minutes changes nothing of what was put off."""
    message = hand.accept(send_at=hand.clock.now() + timedelta(minutes=61))
    with hand.engine.begin() as connection:
        connection.execute(update(Queued).values(tried_at=hand.clock.now()))
    before = hand.queued(message)

    hand.clock.jump(minutes=-5)
    hand.outbox.beat()

    after = hand.queued(message)
    assert before
    assert after
    assert after.due == before.due
