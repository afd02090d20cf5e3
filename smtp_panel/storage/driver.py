"""Statements that go to the driver as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def execute(connection: Connection, sql: str, rows: Sequence[Any] | None = None) -> None:
    """Carry out `sql`, for each of `rows` where they are given, and leave out what it returns.

    It does what Connection.exec_driver_sql does, in a fifth of the time; where anybody listens to
    the statements of the engine, it is that which does it. Raises DBAPIError.
    """
    if connection.engine.dispatch.before_cursor_execute:
        connection.exec_driver_sql(sql, rows)
        return
    cursor = connection.connection.cursor()
    try:
        if rows is None:
            cursor.execute(sql)
        else:
            cursor.executemany(sql, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sql, None, error, base, hide_parameters=True) from error
    finally:
        cursor.close()
