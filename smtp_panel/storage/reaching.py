"""Reaching a database: where it is gone, one thread at a time waits for it (SPEC A8)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection


class Reaching:
    """Connects to a database; each thread does, until one fails.

    From then on one alone tries, and what made it fail is told to all others at once. So a machine
    that is gone without a word keeps no more threads waiting, and requests that need no database
    are answered.
    """

    def __init__(self) -> None:
        self._failure: Exception | None = None
        self._trying = threading.Lock()

    def attach(self, engine: Engine) -> None:
        """Let `engine` connect so."""
        event.listen(engine, "do_connect", self._connect)

    def _connect(
        self, dialect: Dialect, _record: object, words: Sequence[Any], options: Mapping[str, Any]
    ) -> DBAPIConnection:
        failure = self._failure
        if failure is None:
            return self._try(dialect, words, options)
        if not self._trying.acquire(blocking=False):
            raise type(failure)(*failure.args)
        try:
            return self._try(dialect, words, options)
        finally:
            self._trying.release()

    def _try(
        self, dialect: Dialect, words: Sequence[Any], options: Mapping[str, Any]
    ) -> DBAPIConnection:
        try:
            connection: DBAPIConnection = dialect.connect(*words, **options)
        except Exception as error:
            self._failure = error
            raise
        self._failure = None
        return connection
