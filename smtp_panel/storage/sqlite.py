"""SQLite as a server process needs it: real transactions, and readers beside one writer."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, PoolProxiedConnection, RootTransaction, event
from sqlalchemy.exc import OperationalError

from smtp_panel.storage import driver

# Execution option of a connection: how its transactions begin (DEFERRED, IMMEDIATE).
BEGIN = "sqlite_begin"
# Whether what they commit survives a power cut, as it does by default, or only the process.
LASTING = "sqlite_lasting"
# For how many milliseconds they wait for their turn, and as long for other processes.
PATIENCE = "sqlite_patience"
_TURN = "sqlite_turn"
BUSY_TIMEOUT = 5000  # milliseconds, where no other patience is asked for
LOG_SIZE = 64 * 1024 * 1024  # octets; past that it gives its room back once it is copied
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0002, 0.005  # seconds, between attempts to begin to write

AT_FIRST = {
    "busy_timeout": str(BUSY_TIMEOUT),
    "synchronous": "FULL",  # what is committed survives a power cut (SPEC M3)
}
PRAGMAS = (
    *(f"{pragma} = {value}" for pragma, value in AT_FIRST.items()),
    # Pages, 16 MB: the log is copied into the file by the commit that fills it, which takes long.
    "wal_autocheckpoint = 4000",
    f"journal_size_limit = {LOG_SIZE}",
    "secure_delete = ON",  # of a mail that was sent, nothing stays in the file (SPEC M6)
    "foreign_keys = ON",
)


def attach(engine: Engine) -> None:
    """Make each connection of `engine` begin its transactions itself, with our pragmas set."""
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    engine.update_execution_options(**{_TURN: _Turns()})


class _Turns:
    """One after the other: who is done can't be the next again, where another waits."""

    def __init__(self) -> None:
        self._next, self._now = threading.Lock(), threading.Lock()

    def take(self, seconds: float) -> bool:
        """Whether the turn has come within so many seconds."""
        until = time.monotonic() + seconds
        if not self._next.acquire(timeout=seconds):
            return False
        try:
            return self._now.acquire(timeout=max(0.0, until - time.monotonic()))
        finally:
            self._next.release()

    def pass_on(self) -> None:
        """End the turn."""
        self._now.release()


@contextmanager
def turn(engine: Engine, patience: int = BUSY_TIMEOUT) -> Iterator[None]:
    """The turn to write: the writers of this process wait for each other, one after the other.

    To ask SQLite again and again serves those last who have waited longest; other processes it has
    to do with as well. Whoever has waited for `patience` milliseconds goes on, and SQLite decides.
    Where the database of `engine` is another one, nobody waits.
    """
    turns: _Turns | None = engine.get_execution_options().get(_TURN)
    has_turn = turns is not None and turns.take(patience / 1000)
    try:
        yield
    finally:
        if turns and has_turn:
            turns.pass_on()


def create_closed(file: str) -> None:
    """Create the file of a database that no other user can read, where there is none yet.

    SQLite gives the mode of the file to the journals beside it. Of files that were there, which an
    earlier version may have left open, the access of others is taken away. What can't be created
    is left to SQLite, which says why.
    """
    try:
        # It is never opened otherwise: closing it again would drop the locks of this process.
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for each in (file, f"{file}-wal", f"{file}-shm"):
            _close_to_others(each)
    except OSError:
        return


def _close_to_others(file: str) -> None:
    with suppress(OSError):
        mode = stat.S_IMODE(os.stat(file).st_mode)
        if mode & stat.S_IRWXO:
            os.chmod(file, mode & ~stat.S_IRWXO)


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Turn foreign keys off for a migration: replacing a table must not delete what refers to it.

    SQLite ignores the pragma inside a transaction, so this must be around the transaction.
    """
    dbapi = connection.connection.dbapi_connection
    if not isinstance(dbapi, sqlite3.Connection):
        yield
        return
    dbapi.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        dbapi.execute("PRAGMA foreign_keys = ON")


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own handling begins late and commits around DDL, so that a crash inside a
    # migration would leave half of it behind.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    use_write_ahead_log(connection)


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Let readers of this file go on while somebody writes (the mode WAL of SQLite)."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # The mode belongs to the file. SQLite does not wait where another process is just about
        # to set it; that process sets it for this connection too.
        if not _is_busy(error):
            raise


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    lasting = options.get(LASTING, True)
    _set(connection, "busy_timeout", str(options.get(PATIENCE, BUSY_TIMEOUT)))
    _set(connection, "synchronous", "FULL" if lasting else "NORMAL")
    driver.execute(connection, f"BEGIN {options.get(BEGIN, 'DEFERRED')}")


def _set(connection: Connection, pragma: str, value: str) -> None:
    """Give `pragma` this value, unless this connection has it already."""
    if connection.info.get(pragma, AT_FIRST[pragma]) != value:
        driver.execute(connection, f"PRAGMA {pragma} = {value}")
        connection.info[pragma] = value


def begun(connection: Connection) -> RootTransaction:
    """The transaction of `connection`, begun as soon as no other process writes.

    It is for those who write much, without PATIENCE: SQLite's own pauses, of 1 and soon 25
    milliseconds, are longer than a transaction takes. Raises the error of a busy database.
    """
    for seconds in pauses():
        try:
            return connection.begin()
        except OperationalError as error:
            if not _is_busy(error.orig):
                raise
        time.sleep(seconds)
    return connection.begin()


def pauses() -> Iterator[float]:
    """The pauses between attempts to begin to write, in seconds; BUSY_TIMEOUT in all at most."""
    pause, left = SHORTEST_PAUSE, BUSY_TIMEOUT / 1000
    while pause < left:
        yield pause
        left -= pause
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _is_busy(error: BaseException | None) -> bool:
    """Whether somebody else writes, or did when `error` was met."""
    return (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    )


class Watch:
    """Tells whether anything was committed to the database of `engine`, by whomever.

    SQLite keeps a number for that, which costs next to nothing to look at; of another database it
    can't be told, and is never so.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine if engine.dialect.name == "sqlite" else None
        self._connection: PoolProxiedConnection | None = None
        self._seen: int | None = None

    def has_changed(self) -> bool:
        """Whether anything was committed since this was last asked, or can't be told for now.

        It has the first time. Raises PoolTimeout where no connection is free.
        """
        if self._engine is None:
            return False
        try:
            self._connection = self._connection or self._engine.raw_connection()
            [version] = self._connection.cursor().execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            self.close()
            return True
        before, self._seen = self._seen, version
        return before != self._seen

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
        self._connection = None
