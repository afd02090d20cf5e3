"""A storage of the library `limits` in a SQLite file, shared by processes, kept over restarts."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import NoReturn

from limits.storage import MovingWindowSupport, Storage

from smtp_panel.storage.sqlite import create_closed, use_write_ahead_log

SCHEME = "sqlitelimits"
LOCK_SECONDS = 2.0  # a count takes a millisecond
CLOCK_STEP = 60.0  # seconds; what lies further ahead was written before the clock was set back

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS hits (key TEXT NOT NULL, at REAL NOT NULL, expires REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS hits_by_key ON hits (key, at)",
)
FORGET = "DELETE FROM hits WHERE expires <= ? OR at > ?"
WINDOW_QUERY = "SELECT min(at), count(*) FROM hits WHERE key = ? AND at > ?"
HIT = "INSERT INTO hits (key, at, expires) VALUES (?, ?, ?)"


class SQLiteStorage(Storage, MovingWindowSupport):
    """Moving windows in the file that `sqlitelimits://<path>` names; each row is one hit.

    The file is opened anew for each transaction, so that forks, threads and a deleted file do no
    harm. `clock` gives seconds since the epoch.
    """

    STORAGE_SCHEME: list[str] | None = [SCHEME]  # noqa: RUF012  (declared so by the base class)

    def __init__(self, uri: str, wrap_exceptions: bool = False) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.path = uri.removeprefix(f"{SCHEME}://")
        self.clock: Callable[[], float] = time.time
        self._thread = threading.local()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """The errors of a file that is locked, full, unreadable or no database."""
        return (sqlite3.Error,)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One exclusive transaction; calls made inside join it, an exception undoes them all."""
        joined: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if joined is not None:
            yield joined
            return
        create_closed(self.path)
        opened = sqlite3.connect(self.path, timeout=LOCK_SECONDS, isolation_level=None)
        with closing(opened) as connection:
            use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            self._thread.connection = connection
            try:
                with connection:
                    self._prepare(connection)
                    yield connection
            finally:
                self._thread.connection = None

    def _prepare(self, connection: sqlite3.Connection) -> None:
        for statement in SCHEMA:
            connection.execute(statement)
        now = self.clock()
        connection.execute(FORGET, (now, now + CLOCK_STEP))

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` hits if no more than `limit` then lie in `expiry` seconds."""
        with self.transaction() as connection:
            now = self.clock()
            _, count = connection.execute(WINDOW_QUERY, (key, now - expiry)).fetchone()
            if count + amount > limit:
                return False
            connection.executemany(HIT, [(key, now, now + expiry)] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The time of the oldest hit in the window (now, if there is none), and how many."""
        with self.transaction() as connection:
            now = self.clock()
            oldest, count = connection.execute(WINDOW_QUERY, (key, now - expiry)).fetchone()
            return (now if oldest is None else oldest), count

    def check(self) -> bool:
        """True when the file can be written."""
        try:
            with self.transaction():
                return True
        except sqlite3.Error:
            return False

    def reset(self) -> int:
        """Forget every hit; gives how many there were."""
        with self.transaction() as connection:
            return connection.execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        """Forget the hits of one key."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM hits WHERE key = ?", (key,))

    def incr(self, key: str, expiry: int, amount: int = 1) -> NoReturn:
        """Not offered: this storage counts moving windows, not fixed ones."""
        raise NotImplementedError("fixed windows are not stored here")

    def get(self, key: str) -> NoReturn:
        """Not offered, see `incr`."""
        raise NotImplementedError("fixed windows are not stored here")

    def get_expiry(self, key: str) -> NoReturn:
        """Not offered, see `incr`."""
        raise NotImplementedError("fixed windows are not stored here")
