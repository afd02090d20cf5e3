"""What a save and a test take in their course, and give back whatever happens (DESIGN)."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from smtp_panel.app import panel_app
from smtp_panel.audit import AuditAction, page
from smtp_panel.config import Config
from smtp_panel.storage import db
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN, NOBODY, PAGE, SECOND_ADMIN, TEST, MakePanel, Panel, fields_of


def test_a_test_that_is_not_begun_keeps_no_place_of_the_pool(make_panel: MakePanel) -> None:
    """T8: here, past an admin's limit."""
    panel = make_panel(test_pool=1, test_limit="1 per minute")
    panel.tested(panel.admin(), **NOBODY)
    assert panel.admin().test(**NOBODY).status_code == 429
    assert panel.admin(SECOND_ADMIN).test(**NOBODY).status_code == 303


@pytest.mark.parametrize("address", [PAGE, TEST])
def test_attempts_are_counted_before_the_database_is_written_to(panel: Panel, address: str) -> None:
    """L1: however long the counting takes, nobody else waits for it."""
    written = []

    def clock() -> float:
        """The time; whoever asks for it counts an attempt, while others can write."""
        file = panel.config.data_dir / "panel.db"
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
            written.append(other.execute("BEGIN IMMEDIATE"))
            other.execute("ROLLBACK")
        return time.time()

    (limiter,) = panel.app.extensions["limiter"]
    limiter.storage.clock = clock
    assert panel.admin().press(address, **NOBODY).status_code == 303
    assert written


@pytest.mark.both_engines
def test_the_log_tells_who_tested_against_which_host(panel: Panel, smtpd: StartSmtpd) -> None:
    """V5: when, who, from which address, and where to; not as whom."""
    server = smtpd("none")
    panel.tested(panel.admin(), **fields_of(server))
    with panel.app.app_context():
        entry = page(db.session(), before=None)[0]
        assert entry.action == AuditAction.TEST_STARTED
        assert (entry.actor, entry.address) == (ADMIN, "127.0.0.1")
        assert entry.changes == {"server": [None, server.host], "port": [None, server.port]}
    log = panel.admin().page("/admin/audit").one("tbody").text
    assert "Test requested" in log
    assert server.host in log
    assert str(fields_of(server)["username"]) not in log


def test_a_test_that_is_refused_is_no_event(panel: Panel) -> None:
    """V5, L1: nothing was tried."""
    admin = panel.admin()
    assert admin.test(**NOBODY | {"port": "x"}).status_code == 422
    with panel.app.app_context():
        newest = page(db.session(), before=None)[0]
        assert newest.action == AuditAction.USER_CREATED


def test_the_files_of_a_panel_are_closed_to_others_in_a_folder_that_was_there(
    config: Config,
) -> None:
    """V6, L1: database, limits and journals."""
    config.data_dir.mkdir(mode=0o755)
    panel = Panel(panel_app(config), config)
    panel.add_users()
    panel.saved(panel.admin(), **NOBODY)
    modes = {file.name: file.stat().st_mode & 0o777 for file in config.data_dir.glob("*.db*")}
    assert {"panel.db", "limits.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_files_that_an_earlier_version_left_open_are_closed_to_others(config: Config) -> None:
    """V6, L1: at the start, and before attempts are counted; the group's access is kept."""
    panel = Panel(panel_app(config), config)
    panel.add_users()
    panel.saved(panel.admin(), **NOBODY)
    for file in config.data_dir.glob("*.db*"):
        file.chmod(0o644)
    later = Panel(panel_app(config), config)
    later.saved(later.admin(), port="2")
    modes = {file.name: file.stat().st_mode & 0o777 for file in config.data_dir.glob("*.db*")}
    assert {"panel.db", "limits.db"} <= modes.keys()
    assert set(modes.values()) == {0o640}
