"""Runs checks in a bounded pool of threads, and writes each step down as it happens."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.check.check import Check, Verdict
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.runs.progress import Progress
from smtp_panel.runs.threads import Busy, in_thread
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import utcnow, writing

GRACE = datetime.timedelta(seconds=10)  # after its deadline a run counts as abandoned
PROGRESS_SECONDS = 0.1
TEST_FORGOTTEN_AFTER = datetime.timedelta(days=30)
FORGOTTEN_AFTER = datetime.timedelta(days=1)  # of what nobody asks for later
SUCCESSES = frozenset({Verdict.CONNECTED, Verdict.ACCEPTED})

Finished = Callable[[Session, Run], None]
Steps = list[dict[str, Any]]
log = logging.getLogger(__name__)


class Work(Protocol):
    """What is run in the background: a check, or a search by trying."""

    def run(self, follow: Callable[[Any], None], finished: Callable[[], None]) -> object:
        """Do it; `follow` is called with each step, and `finished` once the result is known."""

    def steps_json(self) -> Steps:
        """The steps so far, as they are stored."""

    def outcome(self) -> Mapping[str, Any]:
        """The columns of the row that tell the result, a verdict among them."""


class Runner:
    """A pool of `size` slots; each running check occupies one, in a thread of its own.

    Progress is written at most once in `every` seconds.
    """

    def __init__(self, engine: Engine, size: int, every: float = PROGRESS_SECONDS) -> None:
        self.every = every
        self._engine = engine
        self._slots = threading.Semaphore(size)

    def reserve(self) -> ExitStack:
        """Take a slot, to be passed to `start` or closed; raises Busy when none is free."""
        if not self._slots.acquire(blocking=False):
            raise Busy
        slot = ExitStack()
        slot.callback(self._slots.release)
        return slot

    def start(self, slot: ExitStack, run_id: str, work: Work, finished: Finished) -> None:
        """Run `work` in the background, write its steps into the run's row, and free `slot`.

        `finished` is called in the transaction that writes the result. Raises Busy, with the slot
        free again, where the machine allows no more threads.
        """
        progress = Progress(partial(self._write, run_id), self.every)
        whole = partial(self._work, slot, run_id, work, progress, finished)
        try:
            progress.start()
            in_thread(whole, f"check {run_id}")
        except Busy:
            progress.end()
            slot.close()
            raise

    def _work(
        self,
        slot: ExitStack,
        run_id: str,
        work: Work,
        progress: Progress[Steps],
        finished: Finished,
    ) -> None:
        def end() -> None:
            slot.close()
            progress.end()
            self._finish(run_id, work, finished)

        try:
            # The steps are copied here, where they grow, and not where they are told.
            work.run(lambda _step: progress.news(work.steps_json()), end)
        except BaseException:  # a fault of ours, told by the thread; the run is over all the same
            end()
            raise

    def _write(self, run_id: str, steps: Steps) -> None:
        """Write the steps so far, unless the run has ended. If that fails, the check goes on."""
        running = update(Run).where(Run.id == run_id, Run.state == RunState.RUNNING)
        try:
            with self._engine.begin() as connection:
                connection.execute(running.values(steps=steps))
        except SQLAlchemyError:
            log.warning("the progress of check %s can't be written", run_id)

    def _finish(self, run_id: str, work: Work, finished: Finished) -> None:
        try:
            with Session(self._engine) as own, writing(own) as session:
                run = session.get(Run, run_id)
                if run is None:
                    return
                run.steps = work.steps_json()
                for name, value in work.outcome().items():
                    setattr(run, name, value)
                run.state = RunState.PASSED if run.verdict in SUCCESSES else RunState.FAILED
                finished(session, run)
        except SQLAlchemyError:
            log.error("the end of check %s could not be written", run_id)


def new_run(session: Session, kind: RunKind, check: Check, **values: Any) -> Run:
    """Add the row of `check`, which is about to run, with other columns in `values`."""
    now = utcnow()
    run = Run(
        kind=kind,
        started_at=now,
        ends_by=now + datetime.timedelta(seconds=check.seconds) + GRACE,
        stages=[stage.value for stage in check.stages()],
        **values,
    )
    session.add(run)
    session.flush()
    return run


def note_test(session: Session, endpoint: Endpoint, by: Actor, nodes: str = "") -> None:
    """Say in the audit log that `by` tests the server of `endpoint`, from `nodes` if chosen."""
    chosen = {"node": nodes} if nodes else {}
    about = {"server": endpoint.server, "port": endpoint.port, **chosen}
    changes = {name: (None, value) for name, value in about.items()}
    audit.record(session, AuditAction.TEST_STARTED, by, changes=changes)


def forget_old(session: Session) -> None:
    """Delete the rows of tests of more than 30 days ago, and of all else of more than one."""
    now = utcnow()
    for kind in RunKind:
        after = TEST_FORGOTTEN_AFTER if kind is RunKind.TEST else FORGOTTEN_AFTER
        session.execute(delete(Run).where(Run.kind == kind, Run.started_at < now - after))
