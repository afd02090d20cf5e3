"""Databases as the panel opens them, and as it left them in earlier days."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import Engine, create_engine, inspect, select, table, text

from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import sqlite
from smtp_panel.storage.engine import database_url
from smtp_panel.storage.migrate import alembic_config

ROWS = Path(__file__).with_name("rows_of_0003.sql")
SERIAL = ("users", "one_time_link", "audit_entry")


def opened(url: str) -> Engine:
    """The database at `url`, as the panel opens it."""
    engine = create_engine(database_url(Config(database_url=Secret(url))))
    if engine.dialect.name == "sqlite":
        sqlite.attach(engine)
    return engine


def rows(engine: Engine) -> str:
    """All that a database holds, table by table."""
    with engine.connect() as connection:
        return "\n".join(
            f"{name}: {connection.execute(select(text('*')).select_from(table(name))).all()}"
            for name in sorted(inspect(engine).get_table_names())
        )


def fill_as_0003(engine: Engine) -> None:
    """Make of an empty database what revision 0003 had made of it."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for statement in ROWS.read_text().split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        if connection.dialect.name == "postgresql":
            for table in SERIAL:  # they count on behind the rows that name their ids
                last = f"SELECT max(id) FROM {table}"
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({sequence}, ({last}))"))
