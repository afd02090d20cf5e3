"""When the database, the disk or the file of the limits can't be used: say so, and lose nothing."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from smtplib import SMTPException

import psycopg
import pytest
from flask_mail import Message
from sqlalchemy import event, select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from smtp_panel import Mail
from smtp_panel.access import keys, limit_storage
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.outbox import model as outbox
from smtp_panel.secret import Secret
from smtp_panel.storage import db, engine, sqlite, writing
from tests.conftest import POSTGRESQL
from tests.servers.postgresql import PostgreSQL
from tests.web.conftest import ADMIN, MEMBER, NOBODY, PAGE, TEST, MakePanel, Panel
from tests.web.html import parse

Trouble = Callable[[Panel], AbstractContextManager[None]]


ENTRY = """INSERT INTO audit_entry (actor, at, address, action, changes)
    VALUES (?, '2099-01-01 00:00:00.000000', '', 'login.failed', '{}')"""
RUN = """INSERT INTO check_run (recipient, id, kind, state, draft, password_typed, stages, steps,
    transcript, started_at, ends_by) VALUES (?, hex(randomblob(16)), 'test', 'failed', '{}', 0,
    '[]', '[]', '', '2099-01-01 00:00:00.000000', '2099-01-01 00:00:00.000000')"""


DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"
END_OTHERS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid != pg_backend_pid()"""


def file_of(panel: Panel) -> Path:
    """The database."""
    return panel.config.data_dir / "panel.db"


@contextmanager
def each_connection(panel: Panel, *pragmas: str) -> Iterator[None]:
    """Have every connection of the panel begin with these."""

    def begin(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    panel.engine.dispose()
    event.listen(panel.engine, "connect", begin)
    try:
        yield
    finally:
        event.remove(panel.engine, "connect", begin)
        panel.engine.dispose()


@contextmanager
def locked(panel: Panel) -> Iterator[None]:
    """Another program holds the database; the panel waits for a millisecond."""
    with pytest.MonkeyPatch.context() as patch, closing(_opened(panel)) as other:
        patch.setattr(sqlite, "BUSY_TIMEOUT", 1)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(panel: Panel) -> Iterator[None]:
    """The file may not be written to."""
    with each_connection(panel, "query_only = ON"):
        yield


@contextmanager
def full(panel: Panel) -> Iterator[None]:
    """The disk is full: no page can be added, and those that are there have no room."""
    with closing(_opened(panel)) as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0] + 8
        other.execute(f"PRAGMA max_page_count = {pages}")
        for row in (ENTRY, RUN):
            for size in (2000, 200, 1):
                _fill(other, row, size)
    with each_connection(panel, f"max_page_count = {pages}"):
        yield
    with closing(_opened(panel)) as other:
        other.execute("DELETE FROM check_run")


@contextmanager
def gone(panel: Panel) -> Iterator[None]:
    """Where the file was there is a folder."""
    panel.engine.dispose()
    for file in panel.config.data_dir.glob("panel.db*"):
        file.unlink()
    file_of(panel).mkdir()
    yield


@contextmanager
def damaged(panel: Panel) -> Iterator[None]:
    """The file is no database any more."""
    panel.engine.dispose()
    for file in panel.config.data_dir.glob("panel.db-*"):
        file.unlink()
    file_of(panel).write_bytes(b"no database" * 1000)
    yield
    panel.engine.dispose()


def _opened(panel: Panel) -> sqlite3.Connection:
    return sqlite3.connect(file_of(panel), isolation_level=None)


def _fill(connection: sqlite3.Connection, row: str, size: int) -> None:
    with pytest.raises(sqlite3.OperationalError, match="full"):
        connection.executemany(row, ((f"x{count}" + "x" * size,) for count in itertools.count()))


WORDS: dict[Trouble, tuple[str, str]] = {
    locked: ("is locked by another program", "Try again in a moment"),
    read_only: ("can't be written to", "write to the file and to its folder"),
    full: ("The disk that holds the database is full", "Free some space on it"),
    gone: ("can't be opened", "read and write the file and its folder"),
    damaged: ("is damaged, or is not a SQLite database", "Put a backup in its place"),
}
NAMES = {"locked": locked, "read-only": read_only, "full": full}
trouble = pytest.mark.parametrize("trouble", NAMES.values(), ids=NAMES.keys())


@trouble
@pytest.mark.parametrize("address", [PAGE, TEST])
def test_what_was_typed_stays_when_nothing_can_be_written(
    panel: Panel, trouble: Trouble, address: str
) -> None:
    """Locked, read-only, full: 503, what is wrong and what to do, under the buttons."""
    admin = panel.admin()
    admin.page()
    with trouble(panel):
        response = admin.press(address, **NOBODY | {"sender": "A" * 150 + " <a@b.example>"})
        assert response.status_code == 503
        alert = admin.html.id("test-result" if address == TEST else "form-alert").text
        for words in (*WORDS[trouble], str(file_of(panel))):
            assert words in alert
        assert admin.html.id("server")["value"] == NOBODY["server"]
        assert admin.get(PAGE).status_code == 200
    assert admin.press(address, **NOBODY).status_code == 303


@trouble
def test_the_other_forms_keep_what_was_typed_too(panel: Panel, trouble: Trouble) -> None:
    visitor, member = panel.visitor(), panel.member()
    visitor.get("/login")
    member.get("/")
    with trouble(panel):
        assert visitor.post("/login", email="nobody@example.com", password="x").status_code == 503
        alert = visitor.html.one(role="alert").text
        assert WORDS[trouble][1] in alert
        assert str(file_of(panel)) not in alert
        assert visitor.html.id("email")["value"] == "nobody@example.com"
        if trouble is not full:  # there, a name finds room where one was before
            assert member.post("/profile", name="Max", language="ja").status_code == 503
            assert member.html.id("name")["value"] == "Max"
            assert WORDS[trouble][1] in member.html.id("name-error").text
            assert str(file_of(panel)) not in member.html.id("name-error").text


@trouble
def test_an_application_that_hands_a_message_over_is_told_why_it_is_not_accepted(
    mailing: Panel, trouble: Trouble
) -> None:
    """SPEC M3: in words, by an exception that it is ready for; once there is room, it is."""
    mail = Mail(mailing.app)
    with mailing.app.app_context():
        with trouble(mailing), pytest.raises(SMTPException) as told:
            mail.send(Message("news", ["bob@test.example"], "x" * 100_000))
        mail.send(Message("later", ["bob@test.example"], "x" * 100_000))
        kept = db.session.scalars(select(outbox.Message.subject)).all()
    for words in WORDS[trouble]:
        assert words in str(told.value)
    assert kept == ["later"]


@pytest.mark.parametrize("trouble", [gone, damaged], ids=["gone", "damaged"])
def test_an_application_is_told_so_too_where_the_settings_can_not_be_read(
    mailing: Panel, trouble: Trouble
) -> None:
    """SPEC M2, M3: it may name a From of its own, or need the one of the settings."""
    mail = Mail(mailing.app)
    with mailing.app.app_context():
        own = Message("news", ["bob@test.example"], "Hi", sender="news@acme.example")
        with trouble(mailing):
            with pytest.raises(SMTPException) as told:
                mail.send(own)
            with pytest.raises(SMTPException):
                mail.send(Message("news", ["bob@test.example"], "Hi"))
            with pytest.raises(SMTPException):
                mail.deliver(["bob@test.example"], "news", "Hi")
    for words in WORDS[trouble]:
        assert words in str(told.value)


@pytest.mark.parametrize("trouble", [gone, damaged], ids=["gone", "damaged"])
@pytest.mark.parametrize("path", ["/", PAGE, "/admin/audit", "/nothing", f"{TEST}/x", "/link/x"])
def test_a_database_that_cannot_be_read_is_told_on_every_page(
    panel: Panel, trouble: Trouble, path: str
) -> None:
    """503, with what to do; in the language of the browser, for the account's is not known."""
    admin = panel.admin()
    with trouble(panel):
        response = admin.client.get(path)
        assert response.status_code == 503
        for words in WORDS[trouble]:
            assert words.replace("'", "&#39;") in response.text
        assert "Traceback" not in response.text
        assert str(panel.config.data_dir) not in response.text
        japanese = admin.client.get(path, headers={"Accept-Language": "ja"})
        assert '<html lang="ja"' in japanese.text


@pytest.mark.both_engines
def test_when_every_connection_is_in_use_the_page_says_that_it_is_busy(
    make_panel: MakePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A8: the pool is as large as there are threads; past it nobody waits for long."""
    monkeypatch.setattr(engine, "POOL_SECONDS", 0.01)
    panel = make_panel()
    visitor = panel.admin()
    with ExitStack() as stack:
        with suppress(PoolTimeout):
            while True:
                stack.enter_context(panel.engine.connect())
        response = visitor.get(PAGE)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert "The database is busy. Try again in a moment." in response.text
    assert visitor.get(PAGE).status_code == 200


def test_a_stranger_learns_nothing_of_a_database_server(
    make_panel: MakePanel, postgresql: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    """N2: neither where it is, nor what its driver says; the log does."""
    with postgresql.database() as url:
        panel = make_panel(database_url=Secret(url))
    response = panel.visitor().get("/link/x")
    assert response.status_code == 503
    assert "The database can&#39;t be used." in response.text
    for detail in (url, "127.0.0.1", "psycopg", "FATAL", "connection"):
        assert detail not in response.text
    assert url.rpartition("@")[2] in caplog.text


def test_without_a_database_a_visitor_still_sees_the_sign_in_form(panel: Panel) -> None:
    with gone(panel):
        assert panel.visitor().get("/login").status_code == 200


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("address", [PAGE, TEST])
def test_limits_that_cannot_be_counted_let_nothing_through(
    panel: Panel, address: str, htmx: bool
) -> None:
    """L1: nothing is tried, and the message names the file and what to do."""
    admin = panel.admin()
    admin.page()
    file = panel.config.data_dir / "limits.db"
    file.write_bytes(b"no database" * 1000)
    admin.htmx = htmx
    response = admin.press(address, **NOBODY)
    assert response.status_code == 503
    place = "test-result" if address == TEST else "form-alert"
    alert = parse(response.text).id(place).text
    assert "Nothing was tried, because attempts can't be counted." in alert
    assert "If it is damaged, delete it." in alert
    assert str(file) in alert
    if htmx:  # the page stays as it is
        assert "smtp-form" not in response.text
    else:
        assert admin.html.id("server")["value"] == NOBODY["server"]
    assert panel.admin().page().id("server")["value"] == ""
    file.unlink()
    admin.htmx = False
    assert admin.press(address, **NOBODY).status_code == 303


def test_signing_in_without_counting_is_not_possible(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L4: the address stays."""
    (panel.config.data_dir / "limits.db").unlink(missing_ok=True)
    (panel.config.data_dir / "limits.db").mkdir()
    monkeypatch.setattr(limit_storage, "LOCK_SECONDS", 0.01)
    visitor = panel.visitor()
    assert visitor.sign_in(ADMIN).status_code == 503
    alert = visitor.html.one(role="alert").text
    assert "attempts can't be counted" in alert
    assert str(panel.config.data_dir) not in alert
    assert visitor.html.id("email")["value"] == ADMIN


def test_a_check_goes_on_when_its_steps_cannot_be_written(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W2: the page says that there was no end of it, and nothing breaks."""
    admin = panel.admin()
    admin.page()
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 10)  # of what has begun before it is locked
    response = admin.save(**NOBODY)
    with locked(panel):
        panel.settle()
    assert response.status_code == 303
    assert admin.get(PAGE).status_code == 200


def test_a_fault_of_the_program_is_a_page_too(panel: Panel) -> None:
    """500: for admins, members and visitors, and nothing of the fault on the page."""
    panel.app.extensions.pop("smtp_panel")
    response = panel.admin().get(PAGE)
    assert response.status_code == 500
    assert "The panel made a mistake" in response.text
    assert "KeyError" not in response.text
    assert "smtp_panel" not in response.text
    way_on = parse(response.text).id("main").one("a")  # which nobody knows to be signed in
    assert (way_on["href"], way_on.text) == ("/", "Go to your page")
    assert panel.member().get("/").status_code == 200
    assert MEMBER not in response.text


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_connection_that_breaks_within_a_request_is_told_like_a_database_that_is_away(
    panel: Panel,
) -> None:
    """A8: though nothing can be asked any more of who reads that."""
    admin = panel.admin()

    def kill(*_: object) -> None:
        with psycopg.connect(panel.config.database_url.reveal(), autocommit=True) as other:
            other.execute(END_OTHERS)

    event.listen(panel.engine, "before_cursor_execute", kill, once=True)
    response = admin.get(PAGE)
    assert response.status_code == 503
    assert "database" in parse(response.text).id("main").text
    assert admin.get(PAGE).status_code == 200


@contextmanager
def deadlock(panel: Panel, statement: str) -> Iterator[None]:
    """PostgreSQL ends each transaction that comes to this statement: two wait for each other."""

    def end(
        _connection: object, _cursor: object, sql: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return (DEADLOCK, ()) if sql.startswith(statement) else (sql, parameters)

    event.listen(panel.engine, "before_cursor_execute", end, retval=True)
    try:
        yield
    finally:
        event.remove(panel.engine, "before_cursor_execute", end)


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("address", [PAGE, TEST])
def test_who_waits_for_somebody_that_waits_for_them_is_told_to_try_again(
    panel: Panel, address: str
) -> None:
    """A8, V2: and not to look at the variables; what was typed stays, and nothing was written."""
    admin = panel.admin()
    admin.page()
    with deadlock(panel, "INSERT INTO audit_entry"):
        response = admin.press(address, **NOBODY)
    assert response.status_code == 503
    alert = admin.html.id("test-result" if address == TEST else "form-alert").text
    assert "The database is busy. Try again in a moment." in alert
    assert "SMTP_PANEL_DATABASE_URL" not in alert
    assert admin.html.id("server")["value"] == NOBODY["server"]
    assert admin.press(address, **NOBODY).status_code == 303


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_program_is_told_to_try_again_too(panel: Panel) -> None:
    """A5: by the status, Retry-After and a sentence."""
    with panel.app.app_context(), writing(db.session) as session:
        key, secret = keys.create(session, "Billing", [KeyScope.MANAGE], Actor("ada@example.com"))
        auth = key.id, secret.reveal()
    client = panel.app.test_client()
    with deadlock(panel, "INSERT INTO users"):
        answer = client.post("/api/v1/users", json={"email": "bob@example.com"}, auth=auth)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json() == {"message": "The database is busy. Try again in a moment."}
    answer = client.post("/api/v1/users", json={"email": "bob@example.com"}, auth=auth)
    assert answer.status_code == 201
