"""The transactions of an outbox, of which it is known whether one may have ended unheard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.storage import sqlite
from smtp_panel.storage.lately import COMMITTED


class Transactions:
    """Begins transactions that write in the database of `engine`. Safe to use from threads.

    On SQLite they are one after the other on one connection: a new one costs as much as what is
    done in it, and has yet to read the pages that it changes. Of another database a connection may
    be gone meanwhile; there the pool gives one that is not.

    `in_doubt` is whether the commit of one has failed, which the database may have carried out all
    the same: its answer can be lost.
    """

    def __init__(self, engine: Engine) -> None:
        self.in_doubt = False
        self._engine = engine
        self._keeps = engine.dialect.name == "sqlite"
        self._kept: Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, *, lasting: bool = True) -> Iterator[Connection]:
        """One that survives a power cut where it is `lasting`, else only the end of the process."""
        options = {sqlite.BEGIN: "IMMEDIATE", sqlite.LASTING: lasting, sqlite.PATIENCE: 0}
        ends = False
        try:
            with self._connected() as connection:
                connection.execution_options(**options)
                with sqlite.begun(connection):
                    yield connection
                    ends = True
        except SQLAlchemyError:
            self.in_doubt |= ends
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For reading what the last one has claimed, which is in doubt where that fails."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except Exception:
            self.in_doubt = True
            raise

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """The connection that is kept, or one of the pool."""
        if not self._keeps:
            with self._engine.connect() as connection:
                yield connection
            return
        with self._lock, sqlite.turn(self._engine):
            self._kept = self._kept or self._engine.connect()
            try:
                yield self._kept
            except BaseException:
                self._drop()
                raise
        self._engine.get_execution_options()[COMMITTED]()

    def close(self) -> None:
        """Keep no connection any more."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            kept.close()
