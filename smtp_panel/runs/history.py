"""The last tests of the installation, whoever pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, scoped_session

from smtp_panel.runs.model import Run, RunKind

MOST = 10
UNUSED = (Run.stages, Run.steps, Run.transcript)
NEWEST = (
    select(Run)
    .where(Run.kind == RunKind.TEST)
    .order_by(Run.started_at.desc())
    .limit(MOST)
    .options(*(defer(each, raiseload=True) for each in UNUSED))
)


def last_tests(session: Session | scoped_session[Any]) -> Sequence[Run]:
    """The newest tests, at most MOST, newest first, without ladder and transcript: one query."""
    return session.scalars(NEWEST).all()
