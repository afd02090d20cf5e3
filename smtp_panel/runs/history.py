"""The last tests of the installation, whoever pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, scoped_session

from smtp_panel.runs.model import Run, RunKind

MOST = 10
SHOWN = (
    *(Run.id, Run.node, Run.started_at, Run.recipient, Run.draft, Run.settings_version),
    *(Run.state, Run.ends_by, Run.verdict, Run.diagnosis, Run.refusal, Run.arrived_at),
)
NEWEST = select(*SHOWN).where(Run.kind == RunKind.TEST).order_by(Run.started_at.desc()).limit(MOST)


def last_tests(session: Session | scoped_session[Any]) -> Sequence[Row[Any]]:
    """The newest tests, at most MOST, newest first, without ladder and transcript: one query."""
    return session.connection().execute(NEWEST).all()
