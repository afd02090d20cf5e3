"""Write a migration from the difference between the models and the migrations so far.

Usage: python -m scripts.migration MESSAGE
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.operations.ops import MigrationScript
from alembic.script import Script, ScriptDirectory
from sqlalchemy import create_engine

from smtp_panel.storage import sqlite, upgrade
from smtp_panel.storage.migrate import alembic_config


def write(message: str) -> Path | None:
    """Write the next migration and give its path; None where the models have not changed."""
    import_module("smtp_panel.app")  # which imports whatever has models
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/panel.db")
        sqlite.attach(engine)
        upgrade(engine)
        with engine.connect() as connection:
            config = alembic_config(connection)
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            script = command.revision(
                config,
                message,
                autogenerate=True,
                rev_id=f"{number:04}",
                process_revision_directives=_drop_empty,
            )
        engine.dispose()
    return Path(script.path) if isinstance(script, Script) else None


def tidy(path: Path) -> None:
    """Bring a generated migration into the style of the project."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")))
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["check", "--select", "I,F", "--fix"], ["format"]):
        subprocess.run([*ruff, *arguments, "-q", path], check=True)  # noqa: S603  (our own file)


def _drop_empty(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    if all(operations.is_empty() for operations in scripts[0].upgrade_ops_list):
        scripts.clear()


def main() -> int:
    """Write a migration named by the command line, in the project's own style."""
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        print('Say what changes: make migration MESSAGE="add the outbox"', file=sys.stderr)
        return 2
    path = write(sys.argv[1])
    if path is None:
        print("The models have not changed.")
        return 0
    tidy(path)
    print(f"Wrote {path}. Read it before you commit it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
