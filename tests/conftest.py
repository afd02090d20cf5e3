"""What every test may use: a configuration of its own, the application, and no way outside."""

from __future__ import annotations

import gc
import ipaddress
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from tests.compiled import CompiledOnce, CompiledTemplates, compile_statements_once
from tests.in_memory import keep_files_in_memory
from tests.servers.postgresql import PostgreSQL
from tests.servers.reused import ReusedDatabase

# The profile of `make fuzz`: other examples in every run, and 3,000 in each of its 20 tests.
FUZZ = "fuzz"
settings.register_profile(
    FUZZ,
    max_examples=3000,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

pytest_plugins = ["tests.servers.fixtures"]

keep_files_in_memory()
# Applications are made and left by the thousand: it is cheaper to look less often for what is left.
gc.set_threshold(10_000)
compile_statements_once()
Flask.url_rule_class = CompiledOnce
Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}

NO_NAME_SERVER = ("127.0.0.1", 0)  # a look-up fails at once
SQLITE, POSTGRESQL = "sqlite", "postgresql"


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers of these tests."""
    text = "both_engines: run with the database in a file of SQLite, and again on PostgreSQL"
    config.addinivalue_line("markers", text)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked with `both_engines` and has a database on each of them."""
    marked = metafunc.definition.get_closest_marker("both_engines")
    if marked and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", [SQLITE, POSTGRESQL], indirect=True)


class OutsideConnection(RuntimeError):
    """A test tried to reach an address beyond this machine."""


def _refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    if event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise OutsideConnection(f"tests stay on loopback; this one went to {address}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# An audit hook sees every socket of the interpreter, whichever library opened it.
sys.addaudithook(_refuse_outside)


engines: set[Engine] = set()


@event.listens_for(Engine, "engine_connect")
def _remember(connection: Connection) -> None:
    engines.add(connection.engine)


def close_databases() -> None:
    """End the connections of all engines."""
    while engines:
        engines.pop().dispose()


@pytest.fixture(autouse=True)
def _close_databases() -> Iterator[None]:
    yield
    close_databases()


@pytest.fixture(scope="session")
def reused(postgresql: PostgreSQL) -> ReusedDatabase:
    """A database of PostgreSQL with all tables, for one test after another."""
    return ReusedDatabase(postgresql)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[Secret]:
    """Where the database of this test is: empty for SQLite's file in the data folder.

    A test that is marked with `both_engines` runs on each (SPEC A8).
    """
    if getattr(request, "param", SQLITE) == SQLITE:
        yield Secret("")
        return
    reused: ReusedDatabase = request.getfixturevalue("reused")
    with reused.lent() as url:
        yield Secret(url)


@pytest.fixture
def config(tmp_path: Path, database_url: Secret) -> Config:
    """A configuration whose data folder and database belong to this test alone."""
    return Config(
        data_dir=tmp_path / "data",
        node="test",
        database_url=database_url,
        dns=(NO_NAME_SERVER,),
    )


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder as a first start leaves it: keys, and a file of SQLite without users."""
    folder = tmp_path_factory.mktemp("first") / "data"
    panel_app(Config(data_dir=folder))
    close_databases()
    return folder


@pytest.fixture
def prepared(config: Config, first_start: Path) -> Config:
    """`config`, with keys and tables from the start, which saves the migrations."""
    begin_with(first_start, config)
    return config


def begin_with(folder: Path, config: Config) -> None:
    """Copy `folder` to the data folder of `config`, but for what is there, and is not used."""
    there = [each.name for each in config.data_dir.glob("*")]
    unused = ["panel.db*"] if config.database_url else []
    ignore = shutil.ignore_patterns(*there, *unused)
    shutil.copytree(folder, config.data_dir, ignore=ignore, dirs_exist_ok=True)


@pytest.fixture
def app(prepared: Config) -> Flask:
    """The whole application by `config`, with an empty database."""
    return panel_app(prepared)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A transaction on the database of an installation, empty but for its tables."""
    with app.app_context(), writing(db.session) as own:
        yield own
