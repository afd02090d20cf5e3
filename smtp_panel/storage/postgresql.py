"""PostgreSQL, whose locks others may keep: nobody waits for one for ever (SPEC A8, M3)."""

from __future__ import annotations

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

# Milliseconds, where neither the URL nor the server says anything: for others to let go of what
# they have locked, as on SQLite; and until a process that was stopped within a transaction loses
# what it holds.
PATIENCE = {"lock_timeout": 5000, "idle_in_transaction_session_timeout": 30_000}
_HAVE = "SELECT set_config(%s, %s, false) WHERE current_setting(%s) = '0'"
WAIT = "SET LOCAL lock_timeout = 0"  # for as long as it takes, in this transaction


def attach(engine: Engine) -> None:
    """Let each connection of `engine` have PATIENCE, and no more."""
    event.listen(engine, "connect", _configure)


def _configure(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.executemany(_HAVE, [(name, str(value), name) for name, value in PATIENCE.items()])
    cursor.close()
    connection.commit()
