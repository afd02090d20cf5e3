"""A database of PostgreSQL that serves one test after another, since making one takes long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from smtp_panel.storage import upgrade
from tests.servers.postgresql import PostgreSQL
from tests.storage.databases import opened

# The tables, indexes and sequences: how many columns and checks each has, and whether triggers.
SHAPE = """SELECT relname, relkind, relnatts, relchecks, relhastriggers FROM pg_class
    WHERE relnamespace = 'public'::regnamespace ORDER BY relname"""
# A table whose file is empty had no rows since it was made or emptied.
WRITTEN = """SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0"""
# A superuser's way past the trigger that lets the audit log only grow.
WITHOUT_TRIGGERS = "SET session_replication_role = replica"


class ReusedDatabase:
    """A database with all tables, the rows that migrations put there, and no others.

    It has another name each time, so that what an earlier test left running can't reach it.
    """

    def __init__(self, postgresql: PostgreSQL) -> None:
        self._postgresql = postgresql
        self._template = postgresql.create()
        self._spare: str | None = None
        engine = opened(postgresql.url(self._template))
        upgrade(engine)
        engine.dispose()
        with psycopg.connect(postgresql.url(self._template)) as connection:
            self._shape = _shape(connection)
            self._filled = _written(connection)
            connection.execute("CREATE SCHEMA kept")
            for table in self._filled:
                _execute(connection, "CREATE TABLE kept.{0} AS TABLE {0}", table)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of the database, for one test until the block ends."""
        name = self._spare or self._postgresql.create(self._template)
        self._spare = None
        yield self._postgresql.url(name)
        name = self._postgresql.rename(name)
        with psycopg.connect(self._postgresql.url(name)) as connection:
            if _shape(connection) != self._shape:
                return  # the next test gets a new one
            self._empty(connection)
        self._spare = name

    def _empty(self, connection: psycopg.Connection) -> None:
        connection.execute(WITHOUT_TRIGGERS)
        tables = sql.SQL(", ").join(map(sql.Identifier, _written(connection)))
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))
        for table in self._filled:
            _execute(connection, "INSERT INTO {0} TABLE kept.{0}", table)


def _shape(connection: psycopg.Connection) -> Sequence[tuple[Any, ...]]:
    return connection.execute(SHAPE).fetchall()


def _written(connection: psycopg.Connection) -> Sequence[str]:
    return [name for (name,) in connection.execute(WRITTEN)]


def _execute(connection: psycopg.Connection, statement: LiteralString, table: str) -> None:
    connection.execute(sql.SQL(statement).format(sql.Identifier(table)))
