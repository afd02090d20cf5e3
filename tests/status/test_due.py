"""When a node checks: every so often, sooner while mail is broken, never all together (SPEC W5)."""

from __future__ import annotations

import datetime
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from smtp_panel.background import JITTER
from smtp_panel.status.due import CHECKS_SECONDS, SOONER_SECONDS, SPREAD, is_due, next_check
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.service import beat, begin, record_health
from tests.status.test_service import (
    EVERY,
    GREYLISTED,
    NODE,
    REFUSED,
    ended,
    in_force,
    status_of,
    under_way,
)

MOMENT = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def known(health: Health, minutes: float = 0.0, node: str = NODE) -> NodeStatus:
    """The status of a node that was checked at MOMENT, and has been in `health` for so long."""
    since = MOMENT - timedelta(minutes=minutes)
    return NodeStatus(node=node, found=health, since=since, checked_at=MOMENT)


def pause(status: NodeStatus, every: float = EVERY) -> float:
    """The seconds from the last check of `status` to the next."""
    return (next_check(status, every) - status.checked_at).total_seconds()


def test_a_node_whose_mail_works_checks_every_ten_minutes() -> None:
    """W5: for however long it has worked."""
    for minutes in (0, 3, 5000):
        assert pause(known(Health.HEALTHY, minutes)) == pytest.approx(EVERY, rel=SPREAD)


@pytest.mark.parametrize("health", sorted(set(Health) - {Health.HEALTHY}))
def test_what_is_not_known_to_work_is_checked_sooner_and_then_less_and_less_often(
    health: Health,
) -> None:
    """W5: sooner while broken."""
    for minutes, seconds in ((0, SOONER_SECONDS), (1, 60.0), (3, 180.0), (7, 420.0), (70, EVERY)):
        assert pause(known(health, minutes)) == pytest.approx(seconds, rel=SPREAD)


def test_no_pause_is_longer_than_the_operator_wants() -> None:
    """Section 11: SMTP_PANEL_CHECK_SECONDS."""
    assert pause(known(Health.FAILED), every=5.0) == pytest.approx(5.0, rel=SPREAD)


def test_nodes_that_have_checked_together_drift_apart() -> None:
    """W5: the server is never called by all of them at once, and by none always first."""
    pauses = {pause(known(Health.HEALTHY, node=f"web-{number}")) for number in range(50)}
    assert len(pauses) == 50
    assert max(pauses) - min(pauses) > EVERY * SPREAD
    status = known(Health.HEALTHY)
    first = pause(status)
    status.checked_at += timedelta(minutes=10)
    assert pause(status) != first


@pytest.mark.both_engines
def test_a_check_is_due_once_the_pause_is_over(session: Session) -> None:
    """W5"""
    assert is_due(session, NODE, EVERY)
    ended(session)
    then = next_check(status_of(session), EVERY)
    assert not is_due(session, NODE, EVERY, then - timedelta(seconds=1))
    assert is_due(session, NODE, EVERY, then)


@pytest.mark.both_engines
def test_what_another_node_has_saved_is_checked_at_the_next_look(session: Session) -> None:
    """W5, W3, A8: within 2 s, for until then nobody is told of a problem with it."""
    ended(session, version=1)
    assert not is_due(session, NODE, EVERY)
    in_force(session, 2)
    session.expire_all()
    assert is_due(session, NODE, EVERY)
    assert CHECKS_SECONDS * (1 + JITTER) < 2


@pytest.mark.both_engines
def test_no_check_begins_while_another_is_under_way(session: Session) -> None:
    """Words: the processes of a node share one check."""
    run = under_way(session)
    begin(session, NODE, run)
    assert not is_due(session, NODE, EVERY)
    assert is_due(session, NODE, EVERY, run.ends_by)


@pytest.mark.both_engines
@pytest.mark.parametrize("health", [Health.UNCONFIGURED, Health.SECRET_LOST])
def test_what_cannot_be_checked_is_looked_at_no_more_often(
    session: Session, health: Health
) -> None:
    """W5: it stays as it is until somebody saves."""
    in_force(session, 1)
    record_health(session, NODE, health, 1)
    status_of(session)
    assert not is_due(session, NODE, EVERY)


@pytest.mark.both_engines
def test_a_server_that_puts_off_every_check_is_not_called_without_a_pause(
    session: Session,
) -> None:
    """W4, W5: greylisting tells nothing new, of new settings neither."""
    ended(session, REFUSED, version=1)
    ended(session, GREYLISTED, version=2)
    status = status_of(session)
    assert (status.health, status.settings_version) == (Health.UNKNOWN, 2)
    assert (status.diagnosis, status.run_id) == (None, None)
    assert not is_due(session, NODE, EVERY)
    for failure, health in ((None, Health.HEALTHY), (REFUSED, Health.FAILED)):
        ended(session, failure, version=2)
        status_of(session).checked_at -= timedelta(hours=1)
        ended(session, GREYLISTED, version=2)
        assert status_of(session).health is health
        assert not is_due(session, NODE, EVERY)


@pytest.mark.both_engines
def test_a_node_that_lives_and_checks_no_more_is_a_problem(session: Session) -> None:
    """W3: a loop that ended, or hangs; until a check passes again."""
    ended(session)
    beat(session, NODE, EVERY)
    assert status_of(session).health is Health.HEALTHY
    status_of(session).checked_at -= timedelta(seconds=2 * EVERY)
    beat(session, NODE, EVERY)
    assert status_of(session).health is Health.STALLED
    in_force(session, 2)
    assert status_of(session).broken
    since = status_of(session).since
    beat(session, NODE, EVERY)
    assert status_of(session).since == since
    ended(session, version=2)
    assert status_of(session).health is Health.HEALTHY


@pytest.mark.both_engines
def test_a_node_that_slept_or_is_checking_is_not_taken_for_one_that_hangs(session: Session) -> None:
    """W4: nothing flaps when a machine wakes up, or starts again."""
    ended(session)
    status = status_of(session)
    status.checked_at -= timedelta(hours=8)
    status.seen_at -= timedelta(hours=8)
    beat(session, NODE, EVERY)
    assert status_of(session).health is Health.HEALTHY
    begin(session, NODE, under_way(session))
    beat(session, NODE, EVERY)
    assert status_of(session).health is Health.HEALTHY
