"""Runs checks in threads, at most so many at once, and writes down each step as it happens."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check, Verdict
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.runs.progress import Progress
from smtp_panel.storage import utcnow, writing

GRACE = datetime.timedelta(seconds=10)  # after its deadline a run counts as abandoned
PROGRESS_SECONDS = 0.1
FORGOTTEN_AFTER = datetime.timedelta(days=30)
SUCCESSES = frozenset({Verdict.CONNECTED, Verdict.ACCEPTED})

Finished = Callable[[Session, Run], None]
Steps = list[dict[str, Any]]
log = logging.getLogger(__name__)


class Busy(Exception):
    """As many checks are under way as may be at once."""


class Runner:
    """A pool of `size` places; each running check occupies one, in a thread of its own.

    `every` is how many seconds pass at least between two notes of how far a check is.
    """

    def __init__(self, engine: Engine, size: int, every: float = PROGRESS_SECONDS) -> None:
        self.every = every
        self._engine = engine
        self._places = threading.Semaphore(size)

    def reserve(self) -> Place:
        """Take a place, to be used or released; raises Busy when there is none."""
        if not self._places.acquire(blocking=False):
            raise Busy
        return Place(self._places)

    def start(
        self, place: AbstractContextManager[object], run_id: str, check: Check, finished: Finished
    ) -> None:
        """Walk `check` in the background, note its steps in the run's row and free the place.

        `finished` is called in the transaction that writes the end. Raises Busy, with the place
        free again, where the machine allows no more threads.
        """
        progress = Progress(partial(self._write, run_id), self.every)
        thread = threading.Thread(
            target=self._work,
            args=(place, run_id, check, progress, finished),
            name=f"check {run_id}",
            daemon=True,
        )
        try:
            progress.start()
            thread.start()
        except RuntimeError as error:
            progress.end()
            place.__exit__(None, None, None)
            raise Busy from error

    def _work(
        self,
        place: AbstractContextManager[object],
        run_id: str,
        check: Check,
        progress: Progress[Steps],
        finished: Finished,
    ) -> None:
        taken = ExitStack()
        taken.enter_context(place)

        def end() -> None:
            taken.close()
            progress.end()
            self._finish(run_id, check, finished)

        try:
            # The steps are copied here, where they grow, and not where they are told.
            check.run(lambda _step: progress.news(_steps(check)), end)
        except BaseException:  # a fault of ours, told by the thread; the run is over all the same
            end()
            raise

    def _write(self, run_id: str, steps: Steps) -> None:
        """Note the steps so far, unless the end is noted already. Without it the check goes on."""
        running = update(Run).where(Run.id == run_id, Run.state == RunState.RUNNING)
        try:
            with self._engine.begin() as connection:
                connection.execute(running.values(steps=steps))
        except SQLAlchemyError:
            log.warning("the progress of check %s can't be written", run_id)

    def _finish(self, run_id: str, check: Check, finished: Finished) -> None:
        try:
            with Session(self._engine) as own, writing(own) as session:
                run = session.get(Run, run_id)
                if run is None:
                    return
                run.steps = _steps(check)
                run.verdict = check.verdict or Verdict.FAILED
                run.state = RunState.PASSED if run.verdict in SUCCESSES else RunState.FAILED
                run.diagnosis = check.diagnosis.to_json() if check.diagnosis else None
                run.transcript = check.transcript
                finished(session, run)
        except SQLAlchemyError:
            log.error("the end of check %s could not be written", run_id)


class Place:
    """A place in the pool; leaving its context or `release()` frees it."""

    def __init__(self, places: threading.Semaphore) -> None:
        self._places = places

    def release(self) -> None:
        """Give the place back."""
        self._places.release()

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def new_run(session: Session, kind: RunKind, check: Check, **values: Any) -> Run:
    """Add the row of a check that is about to run."""
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


def forget_old(session: Session) -> None:
    """Delete the rows of checks and tests of more than 30 days ago."""
    session.execute(delete(Run).where(Run.started_at < utcnow() - FORGOTTEN_AFTER))


def _steps(check: Check) -> Steps:
    return [step.to_json() for step in check.steps.values()]
