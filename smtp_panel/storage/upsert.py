"""Rows that are added, or change the one that is there already, in SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from smtp_panel.storage.base import Base

Values = Mapping[str, Any]


class Upsert:
    """Adds rows of `model`; where the primary key of one is taken, changes the row that has it.

    `changes` gives the new values by name; it is given the columns of the row that is not added.
    """

    def __init__(self, model: type[Base], changes: Callable[[Any], Values]) -> None:
        key = list(model.__table__.primary_key)
        in_postgresql, in_sqlite = postgresql.insert(model), sqlite.insert(model)
        self._statements = {
            "postgresql": in_postgresql.on_conflict_do_update(
                index_elements=key, set_=changes(in_postgresql.excluded)
            ),
            "sqlite": in_sqlite.on_conflict_do_update(
                index_elements=key, set_=changes(in_sqlite.excluded)
            ),
        }

    def execute(self, connection: Connection, rows: Values | Sequence[Values]) -> None:
        """Do so in the transaction of `connection`, for one row or several."""
        connection.execute(self._statements[connection.dialect.name], rows)
