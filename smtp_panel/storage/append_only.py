"""The audit log only grows: the database itself refuses to change or remove an entry (SPEC V5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

SQLITE = (
    """CREATE TRIGGER IF NOT EXISTS audit_entry_update BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END""",
    """CREATE TRIGGER IF NOT EXISTS audit_entry_delete BEFORE DELETE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END""",
    # INSERT OR REPLACE removes a row of the same key without asking the trigger for DELETE.
    """CREATE TRIGGER IF NOT EXISTS audit_entry_replace BEFORE INSERT ON audit_entry
        WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END""",
)
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$""",
    """CREATE TRIGGER audit_entry_refuse
        BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
)
PROTECTED = """SELECT 1 FROM pg_trigger
    WHERE tgrelid = CAST('audit_entry' AS regclass) AND tgname = 'audit_entry_refuse'"""


def protect(connection: Connection) -> None:
    """Add the triggers that refuse changes and deletions, in the transaction of `connection`.

    A migration that replaces the table drops its triggers too, so call this after all migrations.
    """
    if connection.dialect.name == "sqlite":
        _execute(connection, SQLITE)
    elif not connection.scalar(text(PROTECTED)):
        _execute(connection, POSTGRESQL)


def _execute(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))
