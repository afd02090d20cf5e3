"""Keeps the status of this node: set and cleared by checks, tests and start-up (SPEC W1-W4)."""

from __future__ import annotations

import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smtp_panel.runs.model import Run, RunState
from smtp_panel.smtp.facts import Stage
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import locked_row, utcnow

ABOUT_ONE_MESSAGE = frozenset({Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA})


def statuses(session: Session) -> list[NodeStatus]:
    """Every node's status, the one broken longest first, then the rest: one cheap query."""
    rows = session.scalars(select(NodeStatus).order_by(NodeStatus.since)).all()
    return sorted(rows, key=lambda row: not row.broken)


def begin(session: Session, node: str, run: Run) -> None:
    """Note that `run` is finding out how the mail path stands."""
    status = _status_of(session, node)
    status.checking = run.id
    status.checking_until = run.ends_by


def record(session: Session, node: str, run: Run) -> None:
    """Note how `run`, a finished check or test of the saved settings, ended.

    The end of an older version's run says nothing of the version in force, and a temporary
    refusal of one message is no problem yet.
    """
    status = _status_of(session, node)
    if status.checking == run.id:
        status.checking = status.checking_until = None
    newer = (status.settings_version or 0) > (run.settings_version or 0)
    if newer or _temporary(run):
        return
    healthy = run.state is RunState.PASSED
    _change(status, Health.HEALTHY if healthy else Health.FAILED, run.settings_version)
    status.run_id = run.id
    status.server = str(run.draft.get("server", ""))
    status.diagnosis = run.diagnosis


def record_health(session: Session, node: str, health: Health, version: int | None) -> None:
    """Note a health that no check found: UNCONFIGURED, SECRET_LOST, or UNKNOWN again."""
    status = _status_of(session, node)
    status.checking = status.checking_until = status.diagnosis = status.run_id = None
    _change(status, health, version)


def _status_of(session: Session, node: str) -> NodeStatus:
    return locked_row(session, NodeStatus, node, lambda: _nothing_known(node))


def _nothing_known(node: str) -> NodeStatus:
    now = utcnow()
    return NodeStatus(node=node, health=Health.UNKNOWN, since=now, checked_at=now)


def _change(status: NodeStatus, health: Health, version: int | None) -> None:
    now: datetime.datetime = utcnow()
    if status.health is not health:
        status.health = health
        status.since = now
    status.checked_at = now
    status.settings_version = version


def _temporary(run: Run) -> bool:
    """Whether the server put one message off by a 4yz reply; silence, or a quota, is no such."""
    diagnosis = run.explanation()
    if diagnosis is None or not diagnosis.retryable:
        return False
    met = diagnosis.values
    return met["stage"] in ABOUT_ONE_MESSAGE and met.get("code", "").startswith("4")
