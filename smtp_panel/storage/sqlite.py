"""SQLite as a server process needs it: real transactions, and readers beside one writer."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from smtp_panel.storage import driver

# Execution option of a connection: how its transactions begin (DEFERRED, IMMEDIATE).
BEGIN = "sqlite_begin"
# Whether what they commit survives a power cut, as it does by default, or only the process.
LASTING = "sqlite_lasting"
# For how many milliseconds they wait for their turn, and as long for other processes.
PATIENCE = "sqlite_patience"
_TURN = "sqlite_turn"
BUSY_TIMEOUT = 5000  # milliseconds, where no other patience is asked for

PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT}",
    "synchronous = FULL",  # what is committed survives a power cut (SPEC M3)
    # Pages, 16 MB: the log is copied into the file by the commit that fills it, which takes long.
    "wal_autocheckpoint = 4000",
    "foreign_keys = ON",
)


def attach(engine: Engine) -> None:
    """Make each connection of `engine` begin its transactions itself, with our pragmas set."""
    event.listen(engine, "connect", _configure)
    turns = _Turns()
    event.listen(engine, "begin", turns.wait)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", turns.pass_on)


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


class _Turns:
    """Lets the writers of this process wait for each other, one after the other.

    SQLite's own wait is to sleep and try again, longer each time, so that whoever comes late is
    often served first. Other processes it has to do with as well: they are left to it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def wait(self, connection: Connection) -> None:
        """Wait for the turn of a transaction that writes; if it does not come, SQLite decides."""
        options = connection.get_execution_options()
        if options.get(BEGIN) == "IMMEDIATE" and not connection.info.get(_TURN):
            patience = options.get(PATIENCE, BUSY_TIMEOUT)
            connection.info[_TURN] = self._lock.acquire(timeout=patience / 1000)

    def pass_on(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Let the next one have its turn, once a connection is done with."""
        if record.info.pop(_TURN, False):
            self._lock.release()


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
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    mode, lasting = options.get(BEGIN, "DEFERRED"), options.get(LASTING, True)
    patience = options.get(PATIENCE, BUSY_TIMEOUT)
    if connection.info.get(PATIENCE, BUSY_TIMEOUT) != patience:
        driver.execute(connection, f"PRAGMA busy_timeout = {patience}")
        connection.info[PATIENCE] = patience
    if connection.info.get(LASTING, True) is not lasting:
        driver.execute(connection, f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
        connection.info[LASTING] = lasting
    driver.execute(connection, f"BEGIN {mode}")
