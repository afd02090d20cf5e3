"""PostgreSQL: nobody waits for ever for its locks (SPEC A8, M3), nor for its compiler."""

from __future__ import annotations

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

# Milliseconds, where neither the URL nor the server says anything: for others to let go of what
# they have locked, as on SQLite; and until a process that was stopped within a transaction loses
# what it holds.
PATIENCE = {"lock_timeout": 5000, "idle_in_transaction_session_timeout": 30_000}
_HAVE = "SELECT set_config(%s, %s, false) WHERE current_setting(%s) = '0'"
# It takes tables for large that are too small for it to count their rows, and would compile a query
# of them, which takes longer than all else of a page.
_RUN_AT_ONCE = "SET jit = off"
WAIT = "SET LOCAL lock_timeout = 0"  # for as long as it takes, in this transaction


def attach(engine: Engine) -> None:
    """Let each connection of `engine` have PATIENCE, and run its statements at once."""
    event.listen(engine, "connect", _configure)


def _configure(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.executemany(_HAVE, [(name, str(value), name) for name, value in PATIENCE.items()])
    cursor.execute(_RUN_AT_ONCE)
    cursor.close()
    connection.commit()
