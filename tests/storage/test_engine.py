"""Sessions: where the database is, real transactions, and writing as one of them."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session, scoped_session

from smtp_panel import storage
from smtp_panel.audit import Actor, AuditAction, AuditEntry, record
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import (
    NestedWriting,
    StorageError,
    db,
    locked_row,
    sqlite,
    storage_error,
    utcnow,
    writing,
)
from smtp_panel.storage.connector import Connector
from smtp_panel.storage.engine import database_url
from tests.conftest import POSTGRESQL
from tests.servers.ports import HOST, free_ports
from tests.servers.processes import wait_until

ENTRY = """INSERT INTO audit_entry (at, actor, address, action, changes, note)
    VALUES ('2030-01-01 00:00:00', '', '', 'login.failed', '{}', 'x')"""


@pytest.fixture
def bare(prepared: Config) -> Iterator[Flask]:
    """An application with nothing but its database."""
    app = Flask("bare")
    storage.init_app(app, prepared)
    with app.app_context():
        yield app


def test_a_database_that_says_nothing_is_told(tmp_path: Path) -> None:
    """A8: a machine that is gone closes no connection; whoever asks it must not wait for ever."""
    with socket.create_server((HOST, 0)) as silent:
        url = f"postgresql://panel:secret@{HOST}:{silent.getsockname()[1]}/panel"
        app = Flask("bare")
        storage.init_app(app, Config(data_dir=tmp_path, database_url=Secret(url)))
        with app.app_context(), pytest.raises(StorageError, match="timeout expired"):
            storage.upgrade(db.engine)


def test_one_thread_alone_waits_for_a_database_that_is_gone(tmp_path: Path) -> None:
    """A8: all others are told at once, and so have time for what needs no database."""
    (port,) = free_ports(1)
    url = f"postgresql://panel@{HOST}:{port}/panel?connect_timeout=60"
    app = Flask("bare")
    storage.init_app(app, Config(data_dir=tmp_path, database_url=Secret(url)))
    with app.app_context():
        engine = db.engine
    with pytest.raises(OperationalError, match="refused"):
        engine.connect()
    with ThreadPoolExecutor(1) as pool, socket.create_server((HOST, port)) as silent:
        waits = pool.submit(engine.connect)
        held, _ = silent.accept()
        with pytest.raises(OperationalError, match="refused"):
            engine.connect()
        assert not waits.done()
        held.close()
        assert isinstance(waits.exception(), OperationalError)


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_connection_does_not_outlive_the_machine_at_its_other_end(bare: Flask) -> None:
    """A8: TCP itself would go on for a quarter of an hour, and every thread wait as long."""
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with socket.socket(fileno=os.dup(driver.pgconn.socket)) as ours:
            silence = ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert 0 < silence <= 10_000
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 10


def test_what_the_url_says_of_silence_goes_first(tmp_path: Path) -> None:
    app = Flask("bare")
    url = "postgresql://panel@db.example/panel?connect_timeout=60"
    storage.init_app(app, Config(data_dir=tmp_path, database_url=Secret(url)))
    arguments = app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]
    assert "connect_timeout" not in arguments
    assert "tcp_user_timeout" in arguments


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_connection_at_whose_other_end_nobody_answers_is_replaced(prepared: Config) -> None:
    """A8: where a server has stopped, TCP still tells that all has arrived."""
    engine = create_engine(database_url(prepared))
    Connector(answer_seconds=0.1).attach(engine)
    with engine.connect() as connection:
        stopped = connection.execute(select(func.pg_backend_pid())).scalar_one()
    os.kill(stopped, signal.SIGSTOP)
    try:
        with engine.connect() as connection:
            assert connection.scalar(select(func.pg_backend_pid())) != stopped
    finally:
        os.kill(stopped, signal.SIGCONT)
        engine.dispose()


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_connection_that_was_ended_is_replaced(prepared: Config) -> None:
    """A8: by a server that was started again, say."""
    app = Flask("bare")
    storage.init_app(app, prepared)
    with (
        app.app_context(),
        psycopg.connect(prepared.database_url.reveal(), autocommit=True) as other,
    ):
        ended = db.session.scalar(select(func.pg_backend_pid()))
        db.session.rollback()
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [ended])
        assert db.session.scalar(select(func.pg_backend_pid())) != ended


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_an_answer_stands_though_the_database_goes_away_after_it_was_made(
    prepared: Config,
) -> None:
    """A8: what was to be written is, and what was only read needs no end."""
    app = Flask("bare")
    storage.init_app(app, prepared)

    @app.get("/")
    def answer() -> str:
        with psycopg.connect(prepared.database_url.reveal(), autocommit=True) as other:
            connection = db.session.scalar(select(func.pg_backend_pid()))
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection])
        return "made"

    assert app.test_client().get("/").text == "made"
    with app.app_context():
        assert db.session.scalar(select(1)) == 1


def note(text: str) -> None:
    record(db.session(), AuditAction.LOGIN_FAILED, Actor("ada@example.com"), note=text)


def notes() -> list[str | None]:
    return list(db.session.scalars(select(AuditEntry.note).order_by(AuditEntry.id)))


def nothing_known() -> NodeStatus:
    now = utcnow()
    return NodeStatus(node="node", found=Health.UNKNOWN, since=now, checked_at=now)


def test_the_database_is_a_file_in_the_data_folder_unless_stated(tmp_path: Path) -> None:
    assert database_url(Config(data_dir=tmp_path)).database == str(tmp_path / "panel.db")


def test_a_relative_path_starts_at_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = str(tmp_path / "own.db")
    assert database_url(Config(database_url=Secret("sqlite:///own.db"))).database == expected


def test_postgresql_means_psycopg_3() -> None:
    url = database_url(Config(database_url=Secret("postgresql://ada:s3cret@db/panel")))
    assert url.drivername == "postgresql+psycopg"
    assert "s3cret" not in str(url)


def test_init_app_touches_no_file(tmp_path: Path) -> None:
    storage.init_app(Flask("bare"), Config(data_dir=tmp_path / "data"))
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("bare")
def test_connections_are_set_up_for_readers_beside_a_writer() -> None:
    pragmas = {"journal_mode": "wal", "busy_timeout": 5000, "synchronous": 2, "foreign_keys": 1}
    assert {name: db.session.scalar(text(f"PRAGMA {name}")) for name in pragmas} == pragmas


@pytest.mark.usefixtures("bare")
def test_a_transaction_may_forgo_surviving_a_power_cut_and_the_next_one_does_not() -> None:
    """SPEC M3: who has a message in hand need not be on disk, and what was accepted must."""
    found = []
    for options in ({sqlite.LASTING: False}, {}, {sqlite.LASTING: False}, {sqlite.LASTING: True}):
        with db.engine.connect().execution_options(**options) as connection, connection.begin():
            found.append(connection.scalar(text("PRAGMA synchronous")))

    assert found == [1, 2, 1, 2]


def test_the_log_of_a_large_transaction_gives_its_room_back(bare: Flask) -> None:
    """QUEUE, failure 7: it would stay as large as it was once, which fills a disk."""
    log = Path(f"{db.engine.url.database}-wal")
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE made (octets BLOB)"))
        for _ in range(4):
            connection.execute(text(f"INSERT INTO made VALUES (zeroblob({sqlite.LOG_SIZE // 2}))"))
    assert log.stat().st_size > sqlite.LOG_SIZE
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM made WHERE rowid = 1"))
    assert log.stat().st_size <= sqlite.LOG_SIZE


def test_writers_of_a_process_wait_for_their_turn_and_not_for_sqlite(
    bare: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own wait, which is turned off here, serves those last who have waited longest.

    However long a disk takes, nobody goes on before their turn, as is done after some seconds.
    """
    turn, hour = sqlite.turn, 3_600_000
    monkeypatch.setattr(sqlite, "turn", lambda engine, _patience: turn(engine, hour))
    event.listen(db.engine, "begin", be_impatient, insert=True)

    def write(number: int) -> None:
        with bare.app_context():
            for _ in range(20):
                with writing(db.session):
                    note(str(number))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))

    assert len(notes()) == 8 * 20


@pytest.mark.usefixtures("bare")
def test_who_has_written_does_not_overtake_those_who_wait() -> None:
    """SPEC M3: of many who write at once, each has its turn before anybody has many."""
    engine = db.engine
    order: list[str] = []
    turns = engine.get_execution_options()[sqlite._TURN]

    def write() -> None:
        with sqlite.turn(engine):
            order.append("who waits")

    with ThreadPoolExecutor(1) as threads:
        with sqlite.turn(engine):
            written = threads.submit(write)
            wait_until(turns._next.locked)
        with sqlite.turn(engine):
            order.append("who has written")
        written.result()

    assert order == ["who waits", "who has written"]


def test_a_writer_waits_for_another_process_and_not_for_ever(bare: Flask) -> None:
    """SPEC M3: what is not patient is told soon that the database is busy."""
    other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def write() -> None:
        with bare.app_context(), writing(db.session):
            note("late")

    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(write)
        with pytest.raises(OperationalError, match="locked"), writing(db.session, patient=False):
            pass
        assert not written.done()
        other.rollback()
        written.result()
    other.close()

    assert notes() == ["late"]


def test_who_writes_much_asks_often_at_first_and_then_less_often() -> None:
    """A transaction takes a millisecond or two; one that takes longer is worth a longer wait."""
    pauses = list(sqlite.pauses())

    assert pauses[0] < 0.001
    assert pauses == sorted(pauses)
    assert 4.9 < sum(pauses) <= 5.0
    assert len(pauses) < 2000


def test_a_watch_tells_of_what_others_have_committed(bare: Flask) -> None:
    """Once of each change, and not of what is only begun."""
    watch = sqlite.Watch(db.engine)
    watch.has_changed()
    assert not watch.has_changed()
    with writing(db.session):
        note("news")
        assert not watch.has_changed()

    assert watch.has_changed()
    assert not watch.has_changed()
    watch.close()


def test_a_watch_can_not_tell_where_the_database_can_not_be_opened(tmp_path: Path) -> None:
    """Whoever watches looks, then, and says why that can't be done."""
    watch = sqlite.Watch(create_engine(f"sqlite:///{tmp_path}/none/panel.db"))

    assert watch.has_changed()
    assert watch.has_changed()
    watch.close()


def be_impatient(connection: Connection) -> None:
    """Let SQLite wait for no lock."""
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")


@pytest.mark.usefixtures("bare")
def test_a_rollback_takes_back_a_new_table() -> None:
    db.session.execute(text("CREATE TABLE trial (id INTEGER)"))
    db.session.rollback()
    with pytest.raises(OperationalError, match="no such table"):
        db.session.execute(text("SELECT * FROM trial"))


@pytest.mark.both_engines
@pytest.mark.usefixtures("bare")
def test_writing_commits_at_its_end() -> None:
    with writing(db.session):
        note("kept")
    db.session.rollback()
    assert notes() == ["kept"]


@pytest.mark.both_engines
@pytest.mark.usefixtures("bare")
def test_writing_takes_everything_back_on_an_exception() -> None:
    def write_and_fail() -> None:
        with writing(db.session) as session:
            note("lost")
            session.flush()
            session.execute(text("INSERT INTO audit_entry (id) VALUES (2)"))

    with pytest.raises(IntegrityError):
        write_and_fail()
    assert notes() == []


@pytest.mark.both_engines
@pytest.mark.usefixtures("bare")
def test_writing_begins_anew_so_that_it_sees_what_others_wrote() -> None:
    assert notes() == []
    with db.engine.begin() as other:
        other.execute(text(ENTRY))
    with writing(db.session):
        assert notes() == ["x"]
        note("after")
    assert notes() == ["x", "after"]


def together(app: Flask, act: Callable[[Session], object]) -> None:
    """Let eight threads begin `act` at the same moment, each in a transaction that writes."""
    barrier = threading.Barrier(8)

    def start() -> None:
        with app.app_context():
            barrier.wait(60)
            with writing(db.session) as session:
                act(session)

    with ThreadPoolExecutor(8) as pool:
        for begun in [pool.submit(start) for _ in range(8)]:
            begun.result(60)


def test_on_sqlite_writers_that_read_first_wait_for_each_other(bare: Flask) -> None:
    """V3: what a save compares with can't change before it commits."""
    together(bare, lambda session: note(str(session.scalar(select(func.count(AuditEntry.id))))))
    assert notes() == [str(number) for number in range(8)]


@pytest.mark.both_engines
def test_a_locked_row_is_changed_by_one_at_a_time_from_its_first_moment_on(bare: Flask) -> None:
    """V3, A8: whoever makes it; on PostgreSQL, too, where other rows wait for nobody."""

    def count(session: Session) -> None:
        row = locked_row(session, NodeStatus, "node", nothing_known)
        row.settings_version = (row.settings_version or 0) + 1

    together(bare, count)
    assert db.session.get_one(NodeStatus, "node").settings_version == 8


@pytest.mark.both_engines
def test_writing_inside_writing_is_refused(bare: Flask) -> None:
    """DESIGN: the caller owns the transaction. With another session it would wait for itself."""

    def nest(inner: Session | scoped_session[Any]) -> None:
        with writing(db.session) as session:
            note("outer")
            session.flush()
            with writing(inner):
                pass

    with Session(db.engine) as other:
        for inner in (db.session, other):
            with pytest.raises(NestedWriting):
                nest(inner)
    with writing(db.session):
        note("after")
    assert notes() == ["after"]


@pytest.mark.usefixtures("bare")
def test_an_error_of_the_database_does_not_repeat_what_was_written() -> None:
    """F4: an exception holds no payload."""
    with pytest.raises(IntegrityError) as raised:
        db.session.execute(
            text("INSERT INTO audit_entry (id, note) VALUES (1, :note)"), {"note": "s3cret"}
        )
    assert "s3cret" not in str(raised.value)


@pytest.mark.usefixtures("bare")
def test_an_error_without_a_known_cause_is_told_in_the_words_of_the_database() -> None:
    with pytest.raises(OperationalError) as raised:
        db.session.execute(text("SELECT missing"))
    assert "no such column: missing" in str(storage_error(raised.value, db.engine.url))


@pytest.mark.parametrize("database_url", ["", POSTGRESQL], indirect=True)
def test_what_a_sound_database_refuses_is_told_as_a_fault_of_the_program(bare: Flask) -> None:
    """A8: nobody is to look for it in the variables, or at the server, where nothing is wrong."""
    with bare.app_context():
        with pytest.raises(IntegrityError) as raised:
            db.session.execute(text("INSERT INTO audit_entry (id) VALUES (1)"))
        told = str(storage_error(raised.value, db.engine.url))
        db.session.rollback()
    assert "This is a fault of the program" in told
    assert "null" in told.lower()  # what the database says of it is for whoever looks for it
    assert "SMTP_PANEL_DATABASE_URL" not in told


@pytest.mark.parametrize(
    ("met", "told"),
    [
        (psycopg.errors.ReadOnlySqlTransaction(), "names the primary server"),
        (psycopg.errors.DiskFull(), "Free some space on it"),
        (psycopg.errors.DeadlockDetected(), "is busy. Try again in a moment."),
        (psycopg.errors.SerializationFailure(), "is busy. Try again in a moment."),
        (psycopg.errors.LockNotAvailable(), "is busy. Try again in a moment."),
        (psycopg.errors.QueryCanceled(), "is busy. Try again in a moment."),
        (psycopg.errors.IdleInTransactionSessionTimeout(), "is busy. Try again in a moment."),
    ],
)
def test_what_a_postgresql_can_not_do_is_told_with_what_to_do(
    met: psycopg.Error, told: str
) -> None:
    """A standby after a failover takes no writes, though it answers as the primary did."""
    url = database_url(Config(database_url=Secret("postgresql://db.test.example/panel")))
    assert told in str(storage_error(DBAPIError("INSERT", {}, met), url))


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_postgresql_that_is_read_only_is_told(bare: Flask) -> None:
    with bare.app_context(), db.engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = on"))
        connection.commit()
        with pytest.raises(DBAPIError) as raised:
            connection.execute(text("CREATE TABLE made (id INTEGER)"))
        assert "names the primary server" in str(storage_error(raised.value, db.engine.url))
        connection.invalidate()


def test_a_password_in_the_url_is_not_told() -> None:
    url = database_url(Config(database_url=Secret("postgresql://ada:s3cret@db/panel")))
    error = ProgrammingError("SELECT 1", {}, ConnectionRefusedError("connection refused"))
    assert "s3cret" not in str(storage_error(error, url))
    assert "connection refused" in str(storage_error(error, url))


def test_a_driver_that_is_not_installed_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    config = Config(database_url=Secret("postgresql://ada:s3cret@db/panel"))
    with pytest.raises(StorageError, match=r"pip install 'psycopg\[binary\]'"):
        storage.init_app(Flask("bare"), config)
