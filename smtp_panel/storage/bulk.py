"""Statements that are carried out for every message: compiled once, for many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.dml import UpdateBase

from smtp_panel.storage import driver

Row = Mapping[str, Any]


class Ready(NamedTuple):
    """A statement with the parameters of all its rows, as the driver takes them."""

    sql: str
    parameters: Sequence[Any]

    def execute(self, connection: Connection) -> None:
        """Carry it out, if there are any rows, in the transaction of `connection`."""
        if self.parameters:
            driver.execute(connection, self.sql, self.parameters)


class Bulk:
    """`statement`, for many rows at once, each with its values by the names of their parameters.

    Names of columns are columns to be written, as SQLAlchemy has it; all rows have those of the
    first. A value is turned into what the driver takes by the type of its parameter, and the rows
    go to the driver together. That is all: the defaults of columns have their values in the row
    too. It costs a fifth of what SQLAlchemy does for a row, and may be done before the transaction,
    for whose end others wait.
    """

    def __init__(self, statement: UpdateBase) -> None:
        self._statement = statement
        self._for = cache(self._compiled)

    def ready(self, dialect: Dialect, rows: Sequence[Row]) -> Ready:
        """The statement for `rows`."""
        if not rows:
            return Ready("", ())
        sql, parameters = self._for(dialect, tuple(rows[0]))
        return Ready(sql, list(map(parameters, rows)))

    def _compiled(
        self, dialect: Dialect, names: Sequence[str]
    ) -> tuple[str, Callable[[Row], Sequence[Any] | Row]]:
        """The statement for the driver, and what makes its parameters of a row."""
        compiled = self._statement.compile(dialect=dialect, column_keys=list(names))
        order = names if compiled.positiontup is None else compiled.positiontup
        turns = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in order
        ]

        def in_order(row: Row) -> Sequence[Any]:
            return tuple([turn(row[name]) if turn else row[name] for name, turn in turns])

        def by_name(row: Row) -> Row:
            return {name: turn(row[name]) if turn else row[name] for name, turn in turns}

        return str(compiled), in_order if compiled.positional else by_name
