"""The transactions of an outbox, of which it is known whether one may have ended unheard."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from smtp_panel.storage import sqlite
from smtp_panel.storage.lately import COMMITTED


class Transactions:
    """Begins transactions that write in the database of `engine`. Safe to use from threads.

    On SQLite they are one after the other on one connection: a new one costs as much as what is
    done in it, and has yet to read the pages that it changes. Of another database a connection may
    be gone meanwhile; there the pool gives one that is not.

    `in_doubt` is whether one has failed, which the database may have carried out all the same: the
    answer to a commit can be lost.
    """

    def __init__(self, engine: Engine) -> None:
        self.in_doubt = False
        self._engine = engine
        self._engines = {
            each: engine.execution_options(
                **{sqlite.BEGIN: "IMMEDIATE", sqlite.LASTING: each, sqlite.PATIENCE: 0}
            )
            for each in (True, False)
        }
        self._keeps = engine.dialect.name == "sqlite"
        self._kept: Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, *, lasting: bool = True) -> Iterator[Connection]:
        """One that survives a power cut where it is `lasting`, else only the end of the process."""
        engine = self._engines[lasting]
        begun = self._kept_for(engine) if self._keeps else engine.begin()
        with self._in_doubt(), begun as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For reading what the last one has claimed, which is in doubt where that fails."""
        with self._in_doubt(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _in_doubt(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError:
            self.in_doubt = True
            raise

    @contextmanager
    def _kept_for(self, engine: Engine) -> Iterator[Connection]:
        """The connection that is kept, in a transaction as `engine` begins one."""
        with self._lock, sqlite.turn(engine):
            kept = self._kept = self._kept or engine.connect()
            if kept.get_execution_options() != engine.get_execution_options():
                kept.execution_options(**engine.get_execution_options())
            try:
                with _begun(kept):
                    yield kept
            except BaseException:
                self._drop()
                raise
        engine.get_execution_options()[COMMITTED]()

    def close(self) -> None:
        """Keep no connection any more."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            kept.close()


def _begun(connection: Connection) -> RootTransaction:
    """A transaction, once no other process writes; raises the error of a busy database."""
    for seconds in sqlite.pauses():
        try:
            return connection.begin()
        except OperationalError as error:
            if not sqlite.is_busy(error.orig):
                raise
        time.sleep(seconds)
    return connection.begin()
