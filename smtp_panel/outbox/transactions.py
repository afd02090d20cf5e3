"""The transactions of an outbox, of which it is known whether one may have ended unheard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from smtp_panel.storage import sqlite


class Transactions:
    """Begins transactions that write in the database of `engine`.

    `in_doubt` is whether one has failed, which the database may have carried out all the same: the
    answer to a commit can be lost.
    """

    def __init__(self, engine: Engine) -> None:
        self.in_doubt = False
        self._engines = {
            each: engine.execution_options(**{sqlite.BEGIN: "IMMEDIATE", sqlite.LASTING: each})
            for each in (True, False)
        }

    @contextmanager
    def __call__(self, *, lasting: bool = True) -> Iterator[Connection]:
        """One that survives a power cut where it is `lasting`, else only the end of the process."""
        try:
            with self._engines[lasting].begin() as connection:
                yield connection
        except DBAPIError:
            self.in_doubt = True
            raise
