"""Bringing the schema up to date, by one process at a time and entirely or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from smtp_panel.storage import append_only, postgresql, sqlite
from smtp_panel.storage.errors import NewerDatabase, folder_error, location, storage_errors
from smtp_panel.words import N_

FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "smtp_panel_version"
LOCK = 0x534D5450  # "SMTP", the key of the advisory lock on PostgreSQL


def alembic_config(connection: Connection, folder: Path = FOLDER) -> Config:
    """Settings of Alembic for the migrations in `folder`, to be run on `connection`."""
    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("file_template", "m%%(rev)s_%%(slug)s")
    return config


def upgrade(engine: Engine, folder: Path = FOLDER) -> None:
    """Migrate the database of `engine` to the present schema, creating it if it is missing.

    Any number of processes may call this at once: one migrates, and the others wait. All is one
    transaction, so that a crash leaves the database as it was. Raises NewerDatabase if a newer
    version of the program has migrated it already, and StorageError if it can't be used.
    """
    _make_file(engine)
    with (
        storage_errors(engine.url),
        engine.connect().execution_options(**{sqlite.BEGIN: "IMMEDIATE"}) as connection,
        sqlite.foreign_keys_off(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(text(postgresql.WAIT))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if not _is_at_head(connection, _revisions(folder)):
            command.upgrade(alembic_config(connection, folder), "head")
        append_only.protect(connection)


def _make_file(engine: Engine) -> None:
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file:
        return
    try:
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise folder_error(error, engine.url) from error
    sqlite.create_closed(file)


@cache
def _revisions(folder: Path) -> tuple[str, ...]:
    """The migrations in `folder`, the last one first."""
    return tuple(script.revision for script in ScriptDirectory(str(folder)).walk_revisions())


def _is_at_head(connection: Connection, revisions: Sequence[str]) -> bool:
    """Whether there is nothing to migrate; raises NewerDatabase."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    current = context.get_current_heads()
    if unknown := set(current).difference(revisions):
        raise NewerDatabase(
            N_("The database was made by a newer version of SMTP Panel."),
            N_("Install that version or a newer one, or restore the backup from before."),
            f"{location(connection.engine.url)}: revision {', '.join(sorted(unknown))} is unknown",
        )
    return current == (revisions[0],)
