"""Statements that are carried out for every message: compiled once, for many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.dml import UpdateBase

from smtp_panel.storage import driver

Row = Sequence[Any]


class Ready(NamedTuple):
    """A statement with the parameters of all its rows, as the driver takes them."""

    sql: str
    parameters: Sequence[Any]

    def execute(self, connection: Connection) -> None:
        """Carry it out, if there are any rows, in the transaction of `connection`."""
        if self.parameters:
            driver.execute(connection, self.sql, self.parameters)


class Bulk:
    """`statement`, for many rows at once, each with the values of the parameters `names`.

    A value is turned into what the driver takes by the type of its parameter, and the rows go to
    the driver together. That is all: each parameter has its value in the row, the defaults of
    columns too. It costs a fifth of what SQLAlchemy does for a row, and may be done before the
    transaction, for whose end others wait.
    """

    def __init__(self, statement: UpdateBase, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._for = cache(self._compiled)

    def ready(self, dialect: Dialect, rows: Sequence[Row]) -> Ready:
        """The statement for `rows`."""
        sql, parameters = self._for(dialect)
        return Ready(sql, list(map(parameters, rows)))

    def _compiled(self, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
        """The statement for the driver, and what makes its parameters of a row."""
        compiled = self._statement.compile(dialect=dialect, column_keys=self._names)
        types = [compiled.binds[name].type.dialect_impl(dialect) for name in self._names]
        turns = [
            (place, turn)
            for place, turn in enumerate(each.bind_processor(dialect) for each in types)
            if turn
        ]
        order = [self._names.index(name) for name in compiled.positiontup or ()]

        def turned(row: Row) -> tuple[Any, ...]:
            values = list(row)
            for place, turn in turns:
                values[place] = turn(values[place])
            return tuple(values)

        def by_position(row: Row) -> tuple[Any, ...]:
            values = turned(row)
            return tuple([values[place] for place in order])

        def by_name(row: Row) -> dict[str, Any]:
            return dict(zip(self._names, turned(row), strict=True))

        if not compiled.positional:
            return str(compiled), by_name
        return str(compiled), turned if order == sorted(order) else by_position
