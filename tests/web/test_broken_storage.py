"""When the database, the disk or the file of the limits can't be used: say so, and lose nothing."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from smtp_panel.access import limit_storage
from tests.web.conftest import ADMIN, MEMBER, NOBODY, PAGE, TEST, Panel

Trouble = Callable[[Panel], AbstractContextManager[None]]


ENTRY = """INSERT INTO audit_entry (actor, at, address, action, changes)
    VALUES (?, '2099-01-01 00:00:00.000000', '', 'login.failed', '{}')"""
RUN = """INSERT INTO check_run (recipient, id, kind, state, draft, password_typed, stages, steps,
    transcript, started_at, ends_by) VALUES (?, hex(randomblob(16)), 'TEST', 'FAILED', '{}', 0,
    '[]', '[]', '', '2099-01-01 00:00:00.000000', '2099-01-01 00:00:00.000000')"""


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
    with each_connection(panel, "busy_timeout = 1"), closing(_opened(panel)) as other:
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
        other.execute("DELETE FROM audit_entry WHERE actor LIKE 'x%'")
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
    full: ("The disk that holds the database", "Free some space on it"),
    gone: ("can't be opened", "read and write the file and its folder"),
    damaged: ("is damaged, or is no SQLite database", "Put a backup in its place"),
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
        alert = admin.html.id("form-alert").text
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
        assert WORDS[trouble][1] in visitor.html.one(role="alert").text
        assert visitor.html.id("email")["value"] == "nobody@example.com"
        if trouble is not full:  # there, a name finds room where one was before
            assert member.post("/profile", name="Max", language="ja").status_code == 503
            assert member.html.id("name")["value"] == "Max"
            assert WORDS[trouble][1] in member.html.id("name-error").text


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
        japanese = admin.client.get(path, headers={"Accept-Language": "ja"})
        assert '<html lang="ja"' in japanese.text


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
    alert = admin.html.id("form-alert").text
    assert f"Nothing was tried, because attempts can't be counted in {file}" in alert
    assert "If it is damaged, delete it." in alert
    assert admin.html.id("server")["value"] == NOBODY["server"]
    assert panel.admin().page().id("server")["value"] == ""
    file.unlink()
    admin.htmx = False
    assert admin.press(address).status_code == 303


def test_signing_in_without_counting_is_not_possible(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L4: the address stays."""
    (panel.config.data_dir / "limits.db").unlink(missing_ok=True)
    (panel.config.data_dir / "limits.db").mkdir()
    monkeypatch.setattr(limit_storage, "BUSY_SECONDS", 0.01)
    visitor = panel.visitor()
    assert visitor.sign_in(ADMIN).status_code == 503
    assert "attempts can't be counted" in visitor.html.one(role="alert").text
    assert visitor.html.id("email")["value"] == ADMIN


def test_a_check_goes_on_when_its_steps_cannot_be_written(panel: Panel) -> None:
    """W2: the page says that there was no end of it, and nothing breaks."""
    admin = panel.admin()
    admin.page()
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
    assert panel.member().get("/").status_code == 200
    assert MEMBER not in response.text
