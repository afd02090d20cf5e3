"""Whether anything in the database has changed since one looked last."""

from __future__ import annotations

import sqlite3
import threading
import weakref

from sqlalchemy import Engine


class Changes:
    """Watches the database of `engine`, whoever writes to it."""

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock()
        self._watcher: sqlite3.Connection | None = None
        if engine.dialect.name == "sqlite":
            self._watcher = sqlite3.connect(str(engine.url.database), check_same_thread=False)
            weakref.finalize(self, self._watcher.close)

    def stamp(self) -> int | None:
        """A number that is another one after each change; None where changes can't be seen.

        SQLite tells a connection in microseconds whether another one has committed
        (https://sqlite.org/pragma.html#pragma_data_version); PostgreSQL has nothing as cheap.
        """
        if self._watcher is None:
            return None
        with self._lock:
            row = self._watcher.execute("PRAGMA data_version").fetchone()
        return int(row[0])
