"""The last tests: few, in one query, however long the history is (SPEC T5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check
from smtp_panel.runs.history import MOST, last_tests
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import utcnow
from tests.runs.runs import begun, plan_of

pytestmark = pytest.mark.both_engines

CHECK = Check(Endpoint(server="127.0.0.1", port=1))


def test_the_newest_tests_come_first_and_checks_are_none(engine: Engine) -> None:
    """T5."""
    tests = [begun(engine, CHECK) for _ in range(MOST + 2)]
    begun(engine, CHECK, kind=RunKind.CHECK)
    with Session(engine) as session, session.begin():
        for age, run_id in enumerate(tests):
            session.get_one(Run, run_id).started_at = utcnow() - timedelta(minutes=age)
    with Session(engine) as session:
        assert [run.id for run in last_tests(session)] == tests[:MOST]


def test_what_is_long_is_not_read(engine: Engine) -> None:
    """T5: a transcript may have 400 lines, and no one sees it here."""
    begun(engine, CHECK)
    with Session(engine) as session:
        run = last_tests(session)[0]
        for name in ("transcript", "steps", "stages"):
            with pytest.raises(AttributeError):
                getattr(run, name)


def test_it_is_read_from_an_index_whatever_checks_there_were(engine: Engine) -> None:
    """T5, W5: the checks of every ten minutes are not gone through."""
    newest = select(Run.id, Run.recipient).where(Run.kind == RunKind.TEST)
    steps = plan_of(engine, newest.order_by(Run.started_at.desc()).limit(MOST))
    assert "ix_check_run_kind_started_at" in steps
    assert "TEMP B-TREE" not in steps
    assert "Sort" not in steps
