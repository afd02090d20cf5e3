"""Sets and clears the status of this node, by the results of checks and tests (SPEC W1-W4)."""

from __future__ import annotations

import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from smtp_panel.check.steps import StepState
from smtp_panel.net.certificates import end_of
from smtp_panel.runs.egress import seen_by
from smtp_panel.runs.model import Run, RunState
from smtp_panel.smtp.facts import Stage
from smtp_panel.status.due import is_overdue
from smtp_panel.status.model import FORGOTTEN_AFTER, Health, NodeStatus
from smtp_panel.storage import locked_row, utcnow

BEAT_SECONDS = 10
ABOUT_ONE_MESSAGE = frozenset({Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA})


def beat(session: Session, node: str, seconds: float) -> None:
    """Write the heartbeat of `node`, every BEAT_SECONDS; it should check every `seconds`.

    If it does not, the loop that checks has ended or hangs. One that slept with its machine does
    not count, for then there were no heartbeats either.
    """
    status, now = _row_of(session, node), utcnow()
    if status.is_alive(now) and is_overdue(status, seconds, now):
        status.since = status.since if status.found is Health.STALLED else now
        status.found, status.run_id, status.diagnosis = Health.STALLED, None, None
    status.seen_at = now


def forget_gone(session: Session) -> None:
    """Delete the rows of nodes that have been gone for longer than FORGOTTEN_AFTER."""
    session.execute(delete(NodeStatus).where(NodeStatus.seen_at < utcnow() - FORGOTTEN_AFTER))


def begin(session: Session, node: str, run: Run) -> None:
    """Note that `run`, a check of the saved settings, is under way on `node`."""
    status = _status_of(session, node)
    status.checking = run.id
    status.checking_until = run.ends_by


def record(session: Session, node: str, run: Run) -> None:
    """Write the result of `run`, a finished check or test of the saved settings.

    Nothing flaps (SPEC W4): a run of an older version of the settings, or one that began before the
    last recorded one, changes nothing, and a temporary refusal of one message tells nothing new.
    """
    status = _status_of(session, node)
    if status.checking == run.id:
        status.checking = status.checking_until = None
    newer = (status.settings_version or 0) > (run.settings_version or 0)
    if newer or _overtaken(session, status, run):
        return
    if _temporary(run):
        _note_no_news(status, run)
        return
    healthy = run.state is RunState.PASSED
    _change(status, Health.HEALTHY if healthy else Health.FAILED, run.settings_version)
    status.run_id = run.id
    status.server = str(run.draft.get("server", ""))
    status.diagnosis = run.diagnosis
    status.certificate_of, status.certificate_ends = _certificate_shown(run)


def record_health(session: Session, node: str, health: Health, version: int | None) -> None:
    """Write a health that no check has found: UNCONFIGURED, SECRET_LOST, or UNKNOWN again."""
    status = _status_of(session, node)
    status.checking = status.checking_until = None
    _forget_run(status)
    _change(status, health, version)


def note_egress(session: Session, node: str, run: Run) -> None:
    """Write the address from which `run`, a finished check or test, left `node` (SPEC F11)."""
    if seen := seen_by(run.ladder()):
        status = _status_of(session, node)
        status.egress_origin = seen.origin
        status.egress_address = seen.addresses[0]


def _status_of(session: Session, node: str) -> NodeStatus:
    """The row of `node`, locked, with a new heartbeat: whoever writes is alive."""
    status = _row_of(session, node)
    status.seen_at = utcnow()
    return status


def _row_of(session: Session, node: str) -> NodeStatus:
    return locked_row(session, NodeStatus, node, lambda: _nothing_known(node))


def _nothing_known(node: str) -> NodeStatus:
    now = utcnow()
    return NodeStatus(node=node, found=Health.UNKNOWN, since=now, checked_at=now)


def _change(status: NodeStatus, health: Health, version: int | None) -> None:
    now: datetime.datetime = utcnow()
    status.since = min(status.since, now) if status.found is health else now
    status.found = health
    status.checked_at = now
    status.settings_version = version


def _note_no_news(status: NodeStatus, run: Run) -> None:
    """The settings of `run` were checked, and are as they were known to be."""
    if status.settings_version != run.settings_version:
        _forget_run(status)
        _change(status, Health.UNKNOWN, run.settings_version)
    status.checked_at = utcnow()


def _forget_run(status: NodeStatus) -> None:
    """Nothing of the last check or test counts any more."""
    status.diagnosis = status.run_id = status.certificate_ends = None
    status.certificate_of = ""


def _certificate_shown(run: Run) -> tuple[str, datetime.datetime | None]:
    """The subject of the certificate shown in `run` and taken, and when it ends, if ever."""
    for step in run.ladder():
        shown = step.step is Stage.TLS and step.state is not StepState.FAILED
        if shown and "not_after" in step.detail:
            return step.detail["subject"], end_of(step.detail["not_after"])
    return "", None


def _overtaken(session: Session, status: NodeStatus, run: Run) -> bool:
    """Whether a run that began later has been recorded already, and not by a clock ahead."""
    last = session.get(Run, status.run_id) if status.run_id else None
    return last is not None and run.started_at < last.started_at <= utcnow()


def _temporary(run: Run) -> bool:
    """Whether the server refused just one message, for now, by a 4yz reply."""
    diagnosis = run.explanation()
    if diagnosis is None or not diagnosis.retryable:
        return False
    met = diagnosis.values
    return met["stage"] in ABOUT_ONE_MESSAGE and met.get("code", "").startswith("4")
