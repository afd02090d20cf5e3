"""What is counted hour by hour, and outlives the messages (SPEC M6, A7)."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select

from smtp_panel.outbox import tally
from smtp_panel.outbox.model import Depth, MessageState, Tally
from smtp_panel.outbox.tally import KEPT, LONG_AGO, hour_of
from tests.outbox.conftest import Hand
from tests.outbox.test_delivery import BYE, taken
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import greet

pytestmark = pytest.mark.both_engines


def counted(hand: Hand) -> list[tuple[datetime.datetime, MessageState, str, int]]:
    """The rows of the tally."""
    rows = select(Tally.hour, Tally.state, Tally.diagnosis, Tally.messages)
    with hand.engine.connect() as connection:
        found = connection.execute(rows.order_by(Tally.state, Tally.hour))
        return [(row.hour, row.state, row.diagnosis, row.messages) for row in found]


def test_each_end_of_a_message_is_counted_in_its_hour(hand: Hand, scripted: StartScripted) -> None:
    """SPEC M6: one that is put off has not ended; one that failed, with its diagnosis."""
    refused = taken(answer="554 5.7.1 Rejected as spam")
    later = taken(answer="450 4.2.0 Greylisted, try again")
    server = scripted([greet(), *taken(), *taken(), *refused, *later, BYE])
    _, _, third, _ = [hand.accept() for _ in range(4)]

    hand.deliver(server.port)

    (attempt,) = hand.attempts(third)
    assert attempt.diagnosis
    hour = hour_of(attempt.at)
    assert counted(hand) == [
        (hour, MessageState.FAILED, attempt.diagnosis["id"], 1),
        (hour, MessageState.SENT, "", 2),
    ]


def test_an_hour_begins_at_its_first_moment() -> None:
    """SPEC M6."""
    late = datetime.datetime(2026, 11, 28, 14, 59, 59, 999_999, tzinfo=datetime.UTC)
    assert hour_of(late) == datetime.datetime(2026, 11, 28, 14, tzinfo=datetime.UTC)


def test_of_an_hour_the_most_that_waited_is_noted(hand: Hand) -> None:
    """SPEC M6: for the chart."""
    now = hand.clock.now()
    with hand.engine.begin() as connection:
        for waiting in (1, 3, 2):
            tally.note_depth(connection, waiting, now)
        assert connection.scalars(select(Depth.messages)).all() == [3]


def test_what_is_too_old_for_any_chart_is_one_figure_each(hand: Hand) -> None:
    """SPEC A7: what `/metrics` sums up at each scrape does not grow with the years."""
    now, failed = hand.clock.now(), MessageState.FAILED
    old = [now - KEPT - datetime.timedelta(hours=each) for each in range(1, 100)]
    with hand.engine.begin() as connection:
        for hour in old:
            tally.count(connection, [(hour, MessageState.SENT, ""), (hour, failed, "spam")])
            tally.note_depth(connection, 1, hour)
        tally.count(connection, [(now, failed, "spam")])
        tally.note_depth(connection, 1, now)
    for _ in range(2):
        with hand.engine.begin() as connection:
            tally.fold(connection, now)

    assert counted(hand) == [
        (LONG_AGO, failed, "spam", 99),
        (hour_of(now), failed, "spam", 1),
        (LONG_AGO, MessageState.SENT, "", 99),
    ]
    with hand.engine.connect() as connection:
        assert connection.scalars(select(Depth.hour)).all() == [hour_of(now)]
