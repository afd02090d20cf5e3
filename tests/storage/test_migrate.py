"""Migrations: one process at a time, entirely or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from smtp_panel.storage import Base, NewerDatabase, StorageError, sqlite, upgrade
from smtp_panel.storage.migrate import FOLDER, VERSION_TABLE
from tests.conftest import POSTGRESQL, SQLITE
from tests.forked import at_once
from tests.servers.postgresql import PostgreSQL
from tests.storage.databases import opened

ROOT = Path(__file__).parents[2]

CRASH = """
import os, sys
from pathlib import Path
from smtp_panel.storage import upgrade
from tests.storage.databases import opened
upgrade(opened(sys.argv[1]), Path(sys.argv[2]))
"""

NEXT = '''"""A migration that stops half-way."""

import os

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("audit_entry", recreate="auto") as audit:
        audit.add_column(sa.Column("extra", sa.Integer()))
        audit.alter_column("actor", type_=sa.String(400), existing_type=sa.String(320))
    {end}
'''


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without anything in it, for what is marked also one on PostgreSQL."""
    with ExitStack() as stack:
        if getattr(request, "param", SQLITE) == SQLITE:
            url = f"sqlite:///{tmp_path / 'data' / 'panel.db'}"
        else:
            postgresql: PostgreSQL = request.getfixturevalue("postgresql")
            url = stack.enter_context(postgresql.database())
        yield opened(url)


both_engines = pytest.mark.parametrize("engine", [SQLITE, POSTGRESQL], indirect=True)


def head(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")))


def longer_history(folder: Path, engine: Engine, end: str) -> Path:
    """The project's migrations with one more, which ends by the statement `end`."""
    shutil.copytree(FOLDER, folder)
    migration = NEXT.format(revision="next", before=head(engine), end=end)
    (folder / "versions" / "next.py").write_text(migration)
    return folder


# On SQLite an index of an expression can't be read back; on PostgreSQL it is compared.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
@both_engines
def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    for path in (ROOT / "smtp_panel").rglob("*.py"):
        if "mapped_column" in path.read_text():
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []


@both_engines
def test_a_second_start_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    before = head(engine)
    upgrade(engine)
    assert head(engine) == before


def test_the_folder_is_made_and_closed_to_others(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_the_file_is_closed_to_others_in_a_folder_that_was_there(
    engine: Engine, tmp_path: Path
) -> None:
    """V6: its journals too."""
    (tmp_path / "data").mkdir(mode=0o755)
    upgrade(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT * FROM audit_entry"))
        files = list((tmp_path / "data").iterdir())
        assert {file.name for file in files} == {"panel.db", "panel.db-wal", "panel.db-shm"}
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def upgrade_in_process(_number: int, together: Barrier, url: str) -> None:
    engine = opened(url)
    together.wait()
    upgrade(engine)


@both_engines
def test_of_six_processes_started_at_once_all_go_on(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    assert at_once(6, upgrade_in_process, url) == [(0, "")] * 6
    assert head(engine)


@both_engines
def test_a_crash_in_the_middle_of_a_migration_leaves_the_database_as_it_was(
    engine: Engine, tmp_path: Path
) -> None:
    upgrade(engine)
    before = head(engine)
    url = engine.url.render_as_string(hide_password=False)
    folder = longer_history(tmp_path / "crashing", engine, "os._exit(9)")
    crashed = subprocess.run(
        [sys.executable, "-c", CRASH, url, folder], cwd=ROOT, timeout=60, check=False
    )
    assert crashed.returncode == 9
    assert head(engine) == before
    assert "half" not in inspect(engine).get_table_names()

    upgrade(engine, longer_history(tmp_path / "mended", engine, "pass"))
    assert head(engine) == "next"
    assert "half" in inspect(engine).get_table_names()


@both_engines
def test_the_log_stays_protected_where_a_migration_replaces_its_table(
    engine: Engine, tmp_path: Path
) -> None:
    """V5: what is in it is kept, and can't be removed afterwards either."""
    upgrade(engine)
    entry = """INSERT INTO audit_entry (at, actor, address, action, changes)
        VALUES ('2030-01-01 00:00:00', 'ada@example.com', '', 'login.failed', '{}')"""
    with engine.begin() as connection:
        connection.execute(text(entry))
    upgrade(engine, longer_history(tmp_path / "longer", engine, "pass"))
    with pytest.raises(DBAPIError, match="only grows"), engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT actor FROM audit_entry")) == "ada@example.com"


@both_engines
def test_a_database_of_a_newer_version_is_refused(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    upgrade(engine, longer_history(tmp_path / "newer", engine, "pass"))
    with pytest.raises(NewerDatabase, match=r"newer version of SMTP Panel.*Install that version"):
        upgrade(engine)
    assert head(engine) == "next"


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'panel.db'}")
    with pytest.raises(StorageError, match=r"can't be made\. .*SMTP_PANEL_DATA_DIR.*File exists"):
        upgrade(engine)


def test_a_file_that_is_no_database_is_explained(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "panel.db").write_text("no database at all" * 100)
    with pytest.raises(StorageError, match=r"damaged, or is not a SQLite database"):
        upgrade(engine)


def test_a_folder_in_place_of_the_file_is_explained(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "data" / "panel.db").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"can't be opened"):
        upgrade(engine)


def test_a_read_only_database_is_explained(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))
        connection.execute(text("DROP TABLE audit_entry"))
        connection.commit()
    read_only = create_engine(engine.url)
    event.listen(read_only, "connect", lambda raw, _: raw.execute("PRAGMA query_only = on"))
    sqlite.attach(read_only)
    with pytest.raises(StorageError, match=r"can't be written to"):
        upgrade(read_only)


def test_a_full_disk_is_explained(engine: Engine) -> None:
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 2"))
    with pytest.raises(StorageError, match=r"is full"):
        upgrade(engine)


def test_a_locked_database_is_explained(engine: Engine) -> None:
    upgrade(engine)
    impatient = create_engine(engine.url)
    sqlite.attach(impatient)
    event.listen(impatient, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 1"))
    with (
        engine.connect().execution_options(sqlite_begin="IMMEDIATE") as holder,
        holder.begin(),
        pytest.raises(StorageError, match=r"locked by another program"),
    ):
        upgrade(impatient)
    upgrade(impatient)
