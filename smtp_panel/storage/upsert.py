"""Rows that are added, or change the one that is there already, in SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite

from smtp_panel.storage.base import Base
from smtp_panel.storage.bulk import Bulk, Ready, Row


class Upsert:
    """Adds rows of `model`; where the primary key of one is taken, changes the row that has it.

    `changes` gives the new values by name; it is given the columns of the row that is not added.
    """

    def __init__(self, model: type[Base], changes: Callable[[Any], Mapping[str, Any]]) -> None:
        key = list(model.__table__.primary_key)
        in_postgresql, in_sqlite = postgresql.insert(model), sqlite.insert(model)
        statements = {
            "postgresql": in_postgresql.on_conflict_do_update(
                index_elements=key, set_=changes(in_postgresql.excluded)
            ),
            "sqlite": in_sqlite.on_conflict_do_update(
                index_elements=key, set_=changes(in_sqlite.excluded)
            ),
        }
        self._bulks = {name: Bulk(each) for name, each in statements.items()}

    def ready(self, dialect: Dialect, rows: Sequence[Row]) -> Ready:
        """The statement for `rows`, each with a value for every column."""
        return self._bulks[dialect.name].ready(dialect, rows)

    def execute(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Do so in the transaction of `connection`."""
        self.ready(connection.dialect, rows).execute(connection)
