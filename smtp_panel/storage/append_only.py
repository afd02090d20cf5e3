"""Tables that only grow: the database itself refuses to change or remove a row (SPEC V5)."""

from __future__ import annotations

from sqlalchemy import Connection, text

TABLES = ("audit_entry",)
REFUSAL = "the audit log only grows"

# INSERT OR REPLACE removes a row of the same key without asking the trigger for DELETE.
SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {{table}}_{name} BEFORE {event} ON {{table}} {when}"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for name, event, when in (
        ("update", "UPDATE", ""),
        ("delete", "DELETE", ""),
        ("replace", "INSERT", "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
    )
)
POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION {{table}}_refuse() RETURNS trigger LANGUAGE plpgsql"
    f" AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE OR REPLACE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
)
PROTECTED = "SELECT 1 FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND tgname = :name"


def protect(connection: Connection) -> None:
    """Have the database refuse it from now on, in the transaction of `connection`.

    A migration that replaces a table drops its triggers with it, so this follows the migrations.
    """
    for table in TABLES:
        if connection.dialect.name == "sqlite":
            _execute(connection, SQLITE, table)
        # To replace a trigger would wait for everybody who writes.
        elif not connection.scalar(text(PROTECTED), {"table": table, "name": f"{table}_refuse"}):
            _execute(connection, POSTGRESQL, table)


def _execute(connection: Connection, statements: tuple[str, ...], table: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement.format(table=table))
