"""What was read from the database and is told again for a moment, without another look."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from smtp_panel.storage.writing import under_way

Told = TypeVar("Told")

EXTENSION = "smtp_panel.lately"
HOLDS_SECONDS = 1.0
# Execution option of an engine: to be called after a commit on a connection that is not given back.
COMMITTED = "lately_committed"
MOST = 1000  # answers; where there are more of them, all are forgotten


class Lately(Generic[Told]):
    """Answers by what was asked, which hold for a second, or until this process commits.

    So a change that is made here is seen at once, and one that is made elsewhere within a second.
    Within a transaction that writes each look is a new one, for what it has changed may not last.
    `clock` gives seconds. Safe to use from several threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._engine: Engine | None = None
        self._last_commit = object()
        self._answers: dict[Hashable, tuple[float, object, Told]] = {}

    def told(self, asked: Hashable, look: Callable[[], Told]) -> Told:
        """The answer to what is asked, which `look` finds in the database."""
        if self._engine is not None and under_way(self._engine):
            return look()
        now, after = self._clock(), self._last_commit
        found = self._answers.get(asked)
        if found and now < found[0] and found[1] is after:
            return found[2]
        answer = look()
        if len(self._answers) >= MOST:
            self._answers.clear()
        self._answers[asked] = now + HOLDS_SECONDS, after, answer
        return answer

    def follow(self, engine: Engine) -> None:
        """Mind what this process commits by `engine`."""
        self._engine = engine
        event.listen(engine, "commit", self._note_commit)
        event.listen(engine, "checkin", self._note_end)
        engine.update_execution_options(**{COMMITTED: self._forget})

    def _note_commit(self, connection: Connection) -> None:
        """This comes before the commit, whose changes count once the connection is given back."""
        connection.info[self] = True

    def _note_end(self, _connection: object, record: ConnectionPoolEntry) -> None:
        if record.info.pop(self, False):
            self._forget()

    def _forget(self) -> None:
        self._last_commit = object()


def remember(app: Flask, engine: Engine) -> None:
    """Let `app` remember what `lately` has found in the database of `engine`."""
    memory = app.extensions[EXTENSION] = Lately[Any]()
    memory.follow(engine)


def lately(asked: Hashable, look: Callable[[], Told], app: Flask | None = None) -> Told:
    """The answer to what is asked, which `look` finds in the database of the current application.

    Or in that of `app`, where it is given.
    It holds for a moment, as `Lately` says; so it must not belong to a session, nor be changed.
    """
    memory: Lately[Told] = (app or current_app).extensions[EXTENSION]
    return memory.told(asked, look)
