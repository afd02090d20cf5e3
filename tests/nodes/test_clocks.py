"""Machines whose clocks differ: all go by that of the database (SPEC A8, W3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from smtp_panel.outbox.workers import DEAD_AFTER
from smtp_panel.status.model import NodeState
from smtp_panel.status.service import beat
from smtp_panel.status.standing import standing
from smtp_panel.storage import clock, db, utcnow, writing
from smtp_panel.storage.clock import MachineClock
from tests.conftest import POSTGRESQL
from tests.outbox.conftest import StartHand, letter

WRONG = [timedelta(minutes=10), timedelta(minutes=-10)]
At = Callable[[timedelta], AbstractContextManager[None]]

pytestmark = [
    pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True),
    pytest.mark.parametrize("wrong", WRONG, ids=["ahead", "behind"]),
]


@pytest.fixture
def on_machine(app: Flask, monkeypatch: pytest.MonkeyPatch) -> At:
    """Lets the block be at a machine whose clock is so far ahead, and which has just started."""

    @contextmanager
    def be_there(wrong: timedelta) -> Iterator[None]:
        with monkeypatch.context() as there:
            there.setattr(clock, "machine", MachineClock(lambda: datetime.now(UTC) + wrong))
            with db.engine.connect():
                pass
            yield

    return be_there


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The application, which looks at the database."""
    with app.app_context():
        yield app


@pytest.mark.usefixtures("app")
def test_a_node_that_lives_is_never_shown_as_gone(on_machine: At, wrong: timedelta) -> None:
    """W3: nor does it take the others for gone."""
    with writing(db.session) as session:
        beat(session, "web-1", 600)
    with on_machine(wrong):
        with writing(db.session) as session:
            beat(session, "web-2", 600)
        states_there = {each.node: each.state(utcnow()) for each in standing(db.session()).nodes}
        db.session.remove()
    states = {each.node: each.state(utcnow()) for each in standing(db.session()).nodes}
    assert states == states_there == {"web-1": NodeState.UNKNOWN, "web-2": NodeState.UNKNOWN}


def test_what_is_accepted_here_leaves_at_once_there_and_the_other_way_round(
    another_hand: StartHand, on_machine: At, wrong: timedelta
) -> None:
    """M3, QUEUE 3.9: and nothing goes before the time that somebody has chosen for it."""
    here, there = another_hand(), another_hand("there")
    with on_machine(wrong):
        from_there = letter()
        there.outbox.accept(from_there)
    from_here, later = letter(), letter(send_at=utcnow() + timedelta(minutes=5))
    here.outbox.accept(from_here)
    here.outbox.accept(later)
    with on_machine(wrong):
        there.outbox.beat()
        claimed = [each.id for each in there.outbox.claim(3)]
    assert claimed == [from_there.id, from_here.id]


def test_nobody_is_taken_for_dead_by_the_time_of_day(
    another_hand: StartHand, on_machine: At, wrong: timedelta
) -> None:
    """M3: what a worker has in hand is its own while its beat goes up, as others see it."""
    here, there = another_hand(), another_hand("there")
    message = here.accept()
    assert len(here.outbox.claim(1)) == 1
    with on_machine(wrong):
        there.outbox.beat()
        there.clock.wait(seconds=DEAD_AFTER - 1)
        there.outbox.beat()
    queued = here.queued(message)
    assert queued
    assert queued.owner


@pytest.mark.usefixtures("app")
def test_a_clock_that_is_wrong_is_said_once_in_the_log_until_it_is_right_again(
    on_machine: At, wrong: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """A8: certificates and the log itself still go by it."""
    with on_machine(wrong):
        for there in (datetime.now(UTC), datetime.now(UTC), datetime.now(UTC) + wrong) * 2:
            clock.machine.compare(clock.machine.system(), there)
    told = [each.message for each in caplog.records if "differs" in each.message]
    assert len(told) == 2
    assert all(f"by {wrong.total_seconds():.0f} seconds" in each for each in told)
