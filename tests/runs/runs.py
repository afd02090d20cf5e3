"""Runs for the tests: started, waited for and looked up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Select, text
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.runs.runner import Finished, Runner, new_run
from tests.servers.scripted import Conversation

PATIENCE = 60.0  # seconds until a test that waits in vain fails


@dataclass
class Gate:
    """A step of a script at which the server waits until the test opens it."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _conversation: Conversation) -> None:
        """Tell the test, and wait for it."""
        self.reached.set()
        assert self.opened.wait(PATIENCE)

    def wait(self) -> None:
        """Return once the server has come here."""
        assert self.reached.wait(PATIENCE)

    def open(self) -> None:
        """Let the server go on."""
        self.opened.set()


def nothing(_session: Session, _run: Run) -> None:
    """Do nothing at the end."""


def begun(engine: Engine, check: Check, **values: Any) -> str:
    """Write the row of a run of `check`, and give its id."""
    usual = {"kind": RunKind.TEST} | values
    with Session(engine) as session, session.begin():
        return new_run(session, check=check, **usual).id


def start(
    engine: Engine, check: Check, *, runner: Runner | None = None, finished: Finished = nothing
) -> str:
    """Start `check` in the background, and give the id of its row."""
    runner = runner or Runner(engine, 1, every=0.0)
    place = runner.reserve()
    run_id = begun(engine, check)
    runner.start(place, run_id, check, finished)
    return run_id


def settle() -> None:
    """Wait until no check is under way."""
    for thread in threading.enumerate():
        if thread.name.startswith("check "):
            thread.join(PATIENCE)
            assert not thread.is_alive()


def row(engine: Engine, run_id: str) -> Run:
    """The run as the database has it now."""
    with Session(engine) as session:
        found = session.get(Run, run_id)
        assert found
        return found


def plan_of(engine: Engine, query: Select[*tuple[Any, ...]]) -> str:
    """The steps by which the database would answer; PostgreSQL as it does with many rows."""
    statement = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            return str(connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all())
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        return str(connection.execute(text(f"EXPLAIN {statement}")).all())
