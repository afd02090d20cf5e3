"""The problem that admins are shown: set and cleared by checks, and never flapping (SPEC W2-W4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check
from smtp_panel.check.steps import Step, StepState
from smtp_panel.config import Config
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.runs.runner import new_run
from smtp_panel.settings.model import Settings
from smtp_panel.settings.saved import first_row
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Facts, Stage
from smtp_panel.status.due import is_due
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.service import (
    beat,
    begin,
    forget_gone,
    record,
    record_health,
)
from smtp_panel.status.standing import standing
from smtp_panel.storage import ONLY_ROW, utcnow
from tests.diagnosis.examples import facts, said
from tests.servers.certificates import LAST_SECOND

pytestmark = pytest.mark.both_engines

NODE = "web-1"
EVERY = 600.0  # seconds from check to check
REFUSED = said("auth", "535 5.7.8 no")
GREYLISTED = said("rcpt_to", "450 4.7.1 Greylisted, please try again")


def in_force(session: Session, version: int) -> None:
    """Let the settings be of this version, if they are not of a newer one."""
    row = session.get(Settings, ONLY_ROW)
    if row is None:
        row = first_row(Config(), None)
        session.add(row)
    row.version = max(row.version, version)
    session.flush()


def under_way(session: Session, version: int = 1) -> Run:
    """A run that has begun, of settings that are in force or were."""
    in_force(session, version)
    endpoint = Endpoint(server="mail.test.example", port=587)
    draft: dict[str, Any] = {"server": endpoint.server}
    check = Check(endpoint, seconds=20.0)
    return new_run(session, RunKind.CHECK, check, settings_version=version, draft=draft)


def ended(session: Session, failure: Facts | None = None, version: int = 1) -> Run:
    """A run that has ended, with `failure` or well, and was recorded."""
    run = under_way(session, version)
    run.state = RunState.FAILED if failure else RunState.PASSED
    run.diagnosis = diagnose(failure).to_json() if failure else None
    record(session, NODE, run)
    return run


def status_of(session: Session, node: str = NODE) -> NodeStatus:
    """The status of `node`."""
    session.flush()
    status = session.get(NodeStatus, node, populate_existing=True)
    assert status
    return status


def backdate(session: Session, **ago: float) -> None:
    """Let the status of the node have begun so long ago."""
    status_of(session).since -= timedelta(**ago)


def test_a_failed_check_is_a_problem_that_says_what_and_since_when(session: Session) -> None:
    """W3: what, where, since when, and by which check."""
    before = utcnow()
    run = ended(session, REFUSED, version=3)
    status = status_of(session)
    assert status.broken
    assert (status.health, status.node) == (Health.FAILED, NODE)
    assert before <= status.since <= status.checked_at <= utcnow()
    assert (status.settings_version, status.run_id) == (3, run.id)
    assert status.server == "mail.test.example"
    explanation = status.explanation()
    assert explanation
    assert explanation.id == "auth-credentials-refused"


def test_a_check_that_passes_clears_the_problem(session: Session) -> None:
    """W4: by itself."""
    ended(session, REFUSED)
    backdate(session, hours=5)
    broken_since = status_of(session).since
    ended(session)
    status = status_of(session)
    assert (status.health, status.broken, status.explanation()) == (Health.HEALTHY, False, None)
    assert status.since > broken_since


@pytest.mark.parametrize("again", [REFUSED, facts("connect", "timeout")])
def test_a_problem_that_stays_keeps_its_beginning(session: Session, again: Facts) -> None:
    """W3: since when, though the cause may change and the check be a newer one."""
    ended(session, REFUSED)
    backdate(session, hours=5)
    since = status_of(session).since
    checked_at = status_of(session).checked_at
    run = ended(session, again)
    status = status_of(session)
    assert status.since == since
    assert status.checked_at >= checked_at
    assert status.run_id == run.id
    explanation = status.explanation()
    assert explanation == diagnose(again)


@pytest.mark.parametrize("failure", [REFUSED, None])
def test_a_run_of_an_older_version_says_nothing_of_the_one_in_force(
    session: Session, failure: Facts | None
) -> None:
    """W2: a check that a newer save overtook."""
    ended(session, None if failure else REFUSED, version=2)
    health = status_of(session).health
    ended(session, failure, version=1)
    assert status_of(session).health is health
    assert status_of(session).settings_version == 2


def test_a_run_of_a_newer_version_takes_over(session: Session) -> None:
    """W2: each status says which settings it speaks of."""
    ended(session, REFUSED, version=1)
    ended(session, version=2)
    assert status_of(session).health is Health.HEALTHY
    assert status_of(session).settings_version == 2


@pytest.mark.parametrize(
    "failure",
    [
        GREYLISTED,
        said("mail_from", "451 4.3.0 try again later"),
        said("data", "452 4.3.1 not now"),
        said("data", "432 4.3.2 Concurrent connections limit exceeded"),
    ],
)
def test_a_temporary_refusal_of_one_message_is_no_problem(session: Session, failure: Facts) -> None:
    """W4: nothing flaps, in neither direction."""
    ended(session, failure)
    assert status_of(session).health is Health.UNKNOWN
    ended(session)
    ended(session, failure)
    assert status_of(session).health is Health.HEALTHY
    ended(session, REFUSED)
    ended(session, failure)
    assert status_of(session).health is Health.FAILED


@pytest.mark.parametrize(
    "failure",
    [
        said("rcpt_to", "550 5.1.1 no such user"),
        said("rcpt_to", "454 4.7.1 Relay access denied"),
        said("data", "550 5.4.5 Daily user sending quota exceeded"),
        facts("data", "timeout"),
        said("auth", "454 4.7.0 Temporary authentication failure"),
        said("banner", "421 4.3.2 not now"),
        facts("connect", "timeout"),
        facts("dns", "dns_temporary"),
    ],
)
def test_a_refusal_that_stays_or_that_hits_every_message_is_a_problem(
    session: Session, failure: Facts
) -> None:
    """W3: anything that keeps mail from leaving."""
    ended(session, failure)
    assert status_of(session).health is Health.FAILED


def test_a_certificate_without_an_end_closes_no_page(session: Session) -> None:
    """W6, RFC 5280, 4.1.2.5: it names the last second of 9999, after which there is no year."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
    run = under_way(session)
    shown = {"subject": "mail.test.example", "not_after": LAST_SECOND.timestamp()}
    run.state, run.steps = RunState.PASSED, [Step(Stage.TLS, StepState.PASSED, 1, shown).to_json()]
    record(session, NODE, run)
    status = status_of(session)
    assert (status.certificate_of, status.certificate_ends) == ("mail.test.example", None)
    assert standing(session).nodes[0].health is Health.HEALTHY


def test_a_check_under_way_is_told_until_it_ends(session: Session) -> None:
    """W2: while one is running the page says so."""
    run = under_way(session)
    begin(session, NODE, run)
    status = status_of(session)
    assert status.is_checking(utcnow())
    assert status.health is Health.UNKNOWN
    run.state = RunState.PASSED
    record(session, NODE, run)
    assert not status.is_checking(utcnow())
    assert status.checking is None


def test_a_check_whose_process_died_is_not_under_way_for_ever(session: Session) -> None:
    """T8: its time is over."""
    run = under_way(session)
    begin(session, NODE, run)
    assert not status_of(session).is_checking(run.ends_by)


@pytest.mark.parametrize("failure", [GREYLISTED, None])
def test_the_end_of_one_check_does_not_end_another(session: Session, failure: Facts | None) -> None:
    """W2: a test that ends meanwhile leaves the check of the save under way."""
    newer = under_way(session, version=2)
    begin(session, NODE, newer)
    ended(session, failure, version=1)
    assert status_of(session).checking == newer.id


def test_a_temporary_refusal_ends_its_check_too(session: Session) -> None:
    """W2: the page does not say for ever that a check is running."""
    run = under_way(session)
    begin(session, NODE, run)
    run.state, run.diagnosis = RunState.FAILED, diagnose(GREYLISTED).to_json()
    record(session, NODE, run)
    assert status_of(session).checking is None


@pytest.mark.parametrize("health", [Health.UNCONFIGURED, Health.SECRET_LOST])
def test_what_keeps_mail_from_leaving_without_a_check_is_a_problem(
    session: Session, health: Health
) -> None:
    """W3: no service is configured, or a secret can't be decrypted."""
    begin(session, NODE, under_way(session, version=4))
    record_health(session, NODE, health, 4)
    status = status_of(session)
    assert (status.health, status.broken, status.settings_version) == (health, True, 4)
    assert (status.checking, status.run_id, status.diagnosis) == (None, None, None)
    backdate(session, hours=1)
    since = status.since
    record_health(session, NODE, health, 4)
    assert status_of(session).since == since
    ended(session, version=6)
    assert not status_of(session).broken


def test_nothing_known_is_no_problem(session: Session) -> None:
    """W3: until the first check has ended."""
    record_health(session, NODE, Health.UNKNOWN, None)
    assert not status_of(session).broken
    ended(session, version=1)
    assert status_of(session).health is Health.HEALTHY


def test_each_node_has_its_own_status_and_the_one_broken_longest_comes_first(
    session: Session,
) -> None:
    """W3: on which node."""
    now = utcnow()
    in_force(session, 1)
    for node, health, hours in [
        ("well", Health.HEALTHY, 9),
        ("new", Health.FAILED, 1),
        ("old", Health.UNCONFIGURED, 5),
    ]:
        record_health(session, node, health, 1)
        status_of(session, node).since = now - timedelta(hours=hours)
    session.flush()
    assert [status.node for status in standing(session).nodes] == ["old", "new", "well"]


def test_a_node_that_is_gone_warns_nobody(session: Session) -> None:
    """W3, A8: gone is what has not said for 45 seconds that it is alive."""
    ended(session, REFUSED)
    seen = status_of(session).seen_at
    for seconds, counted in ((44, 1), (46, 0)):
        assert len(standing(session, seen + timedelta(seconds=seconds)).nodes) == counted
    assert status_of(session).is_alive(seen + timedelta(seconds=44))
    assert not status_of(session).is_alive(seen + timedelta(seconds=46))


def test_a_beat_keeps_a_node_alive_and_changes_nothing_else(session: Session) -> None:
    """W3: since when it is broken stays the same."""
    ended(session, REFUSED)
    backdate(session, hours=5)
    status = status_of(session)
    status.seen_at -= timedelta(minutes=5)
    before = (status.since, status.checked_at, status.found)
    session.flush()
    assert standing(session).nodes == []
    beat(session, NODE, EVERY)
    session.flush()
    assert [each.node for each in standing(session).nodes] == [NODE]
    assert (status.since, status.checked_at, status.found) == before


def test_a_node_is_known_from_its_first_beat_on(session: Session) -> None:
    """W3, A8."""
    beat(session, "web-2", EVERY)
    assert status_of(session, "web-2").health is Health.UNKNOWN


def test_a_node_that_is_gone_for_an_hour_is_forgotten(session: Session) -> None:
    """A8: containers come and go."""
    for node, ago in (("old", timedelta(minutes=61)), ("recent", timedelta(minutes=59))):
        beat(session, node, EVERY)
        status_of(session, node).seen_at -= ago
    session.flush()
    forget_gone(session)
    assert session.scalars(select(NodeStatus.node)).all() == ["recent"]


@pytest.mark.parametrize("health", [Health.UNCONFIGURED, Health.SECRET_LOST, Health.FAILED])
def test_a_problem_of_other_settings_than_those_in_force_is_none(
    session: Session, health: Health
) -> None:
    """W3: on a node that has not checked the newest version yet."""
    in_force(session, 1)
    record_health(session, NODE, health, 1)
    assert status_of(session).broken
    in_force(session, 2)
    assert not status_of(session).broken
    assert status_of(session).health is Health.UNKNOWN


@pytest.mark.parametrize("failure", [REFUSED, None])
def test_a_run_that_began_earlier_and_ends_later_is_no_news(
    session: Session, failure: Facts | None
) -> None:
    """W4: nothing flaps where a test overtakes a check that was waiting for a silent server."""
    slow = under_way(session)
    ended(session, None if failure else REFUSED)
    health = status_of(session).health
    slow.state = RunState.FAILED if failure else RunState.PASSED
    slow.diagnosis = diagnose(failure).to_json() if failure else None
    record(session, NODE, slow)
    assert status_of(session).health is health


@pytest.fixture
def from_the_future(session: Session) -> Session:
    """A node whose clock was a year ahead while it checked, and is right now."""
    run = ended(session, REFUSED)
    status, ahead = status_of(session), utcnow() + timedelta(days=365)
    run.started_at = status.since = status.checked_at = ahead
    session.flush()
    return session


def test_a_check_counts_after_one_of_a_clock_that_was_ahead(from_the_future: Session) -> None:
    """W4: the warning clears by itself, and since when it is well is no moment to come."""
    ended(from_the_future)
    status = status_of(from_the_future)
    assert status.health is Health.HEALTHY
    assert status.since <= utcnow()


def test_a_node_whose_clock_was_ahead_checks_at_once(from_the_future: Session) -> None:
    """W5: and not in a year."""
    assert is_due(from_the_future, NODE, EVERY)
