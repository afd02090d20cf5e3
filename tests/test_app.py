"""Putting the parts together: what can be wrong at the start, and what a start begins."""

from __future__ import annotations

import locale
import logging
import signal
import socket
import sys
import threading
import warnings
from dataclasses import replace
from datetime import timedelta

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from flask import Flask
from sqlalchemy import select, text

from smtp_panel.access import links, sessions, users
from smtp_panel.access.links import OneTimeLink, Purpose
from smtp_panel.access.sessions import SessionOrigin, UserSession
from smtp_panel.access.users import Role
from smtp_panel.app import first_admin_link, lacks_admin, panel_app, start
from smtp_panel.audit import Actor
from smtp_panel.config import Config, ConfigError
from smtp_panel.relay.service import relay_port
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.sandbox import Sandbox, SandboxError
from smtp_panel.secret import Secret
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import StorageError, db, utcnow, writing


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        pytest.param("SMTP_PANEL_DEFAULT_URL", {"default_url": Secret("smtp://")}, id="default"),
        pytest.param(
            "SMTP_PANEL_DEFAULT_FROM",
            {"default_url": Secret("smtp://a.b"), "default_from": "a@"},
            id="From",
        ),
        pytest.param("SMTP_PANEL_SERVER", {"server": "https://x"}, id="locked server"),
        pytest.param("SMTP_PANEL_PORT", {"port": "25", "hosting": "gcp"}, id="locked port"),
        pytest.param("SMTP_PANEL_PASSWORD", {"password": Secret("a\0b")}, id="locked password"),
        pytest.param("SMTP_PANEL_SAVE_LIMIT", {"save_limit": "often"}, id="limit"),
    ],
)
def test_a_variable_that_cannot_be_used_is_told_by_name(
    config: Config, name: str, settings: dict[str, object]
) -> None:
    """Section 11: at the start, in one sentence."""
    with pytest.raises(ConfigError, match=f"^{name} "):
        panel_app(replace(config, **settings))  # type: ignore[arg-type]  # a table of any fields


def test_a_data_folder_that_cannot_be_made_is_told(config: Config) -> None:
    """In one sentence for the operator: which file, why, and what to do."""
    config.data_dir.write_text("a file")
    with pytest.raises(ConfigError, match="Not a directory"):
        panel_app(config)
    with pytest.raises(StorageError, match="SMTP_PANEL_DATA_DIR"):
        panel_app(replace(config, secret_key=Secret("x")))


def test_a_lost_key_stops_no_start(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """V6: the log says so once."""
    config.data_dir.mkdir()
    (config.data_dir / "fernet.key").mkdir()
    app = panel_app(config)
    assert caplog.text.count("Saved passwords can't be read until it can.") == 1
    assert app.test_client().get("/login").status_code == 200


def test_two_starts_share_sessions_and_data(config: Config) -> None:
    """A1, A8: the key that signs sessions is made once."""
    first, second = panel_app(config), panel_app(config)
    assert first.secret_key == second.secret_key
    assert panel_app(replace(config, secret_key=Secret("other"))).secret_key == "other"


def test_a_start_begins_the_sandbox_and_a_check(config: Config) -> None:
    """S4, W2."""
    app = panel_app(replace(config, sandbox=True))
    stop = start(app)
    sandbox: Sandbox = app.extensions["smtp_panel"].sandbox
    assert sandbox.endpoint()
    _end_checks()
    stop()
    assert _checks_so_far(app) == 1


def test_a_start_begins_the_relay_where_it_is_asked_for_and_says_where(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """M2, NAMES, Relay: off unless `SMTP_PANEL_RELAY` is on; the log has the port."""
    for relay in (False, True):
        stop = start(panel_app(replace(config, relay=relay)))
        port = relay_port(config)
        _end_checks()
        stop()
        assert (port is not None) is relay
        assert (f"relay takes mail at 127.0.0.1:{port}" in caplog.text) is relay


def test_a_stop_leaves_nothing_behind(config: Config) -> None:
    """No thread, no open port, and no lock that would keep the next start from what it does."""
    before = set(threading.enumerate())
    app = panel_app(replace(config, sandbox=True, relay=True))
    stop = start(app)
    endpoint = app.extensions["smtp_panel"].sandbox.endpoint()
    places = [(endpoint.server, endpoint.port), ("127.0.0.1", relay_port(config))]
    for place in places:
        socket.create_connection(place, timeout=60).close()
    _end_checks()
    stop()
    assert set(threading.enumerate()) <= before
    assert app.extensions["smtp_panel"].sandbox.endpoint() is None
    assert relay_port(config) is None
    for place in places:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place, timeout=60)
    stop = start(app)
    _end_checks()
    stop()
    assert _checks_so_far(app) == 2


def test_the_processes_of_a_machine_share_one_check(config: Config) -> None:
    """Words: the processes of a node share one check; another takes over when one has ended."""
    app = panel_app(replace(config, sandbox=True))
    first = start(app)
    _end_checks()
    second = start(app)
    assert _checks_so_far(app) == 1
    first()
    second()
    third = start(app)
    _end_checks()
    third()
    assert _checks_so_far(app) == 2


def test_making_the_application_starts_nothing(config: Config) -> None:
    """Section 11: the commands of `flask --app wsgi` send nothing and listen nowhere."""
    before = set(threading.enumerate())
    app = panel_app(replace(config, sandbox=True))
    assert set(threading.enumerate()) <= before
    assert app.extensions["smtp_panel"].sandbox.endpoint() is None


def handlers_of(logger: logging.Logger) -> list[logging.Handler]:
    """Those of a logger that do something."""
    return [each for each in logger.handlers if not isinstance(each, logging.NullHandler)]


def of_the_process() -> dict[str, object]:
    """What any application of a process may have set for all of it."""
    loggers = {
        f"logger {name}": (each.level, each.disabled, each.propagate, handlers_of(each))
        for name, each in logging.root.manager.loggerDict.items()
        if isinstance(each, logging.Logger)
    }
    return {
        **loggers,
        "root": (logging.root.level, handlers_of(logging.root)),
        "raised": (sys.excepthook, threading.excepthook),
        "warnings": tuple(warnings.filters),
        "signals": (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGHUP)),
        "mail domains": tuple(SPECIAL_USE_DOMAIN_NAMES),
        "language": locale.getlocale(),
        "sockets": socket.getdefaulttimeout(),
    }


def test_what_another_application_has_set_stays(config: Config) -> None:
    """A4: loggers and the like are the process's, which the panel may share."""
    before = of_the_process()
    app = panel_app(config)
    stop = start(app)
    assert app.test_client().get("/login").status_code == 200
    _end_checks()
    stop()
    assert before.items() <= of_the_process().items()


@pytest.mark.both_engines
@pytest.mark.parametrize("table", ["users", "settings"])
def test_a_database_that_fails_at_the_start_is_told(config: Config, table: str) -> None:
    """Section 11: for the first admin as for the first check."""
    password = Secret("correct horse battery")
    app = panel_app(replace(config, admin_email="ada@example.com", admin_password=password))
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO lost"))
    with pytest.raises(StorageError, match="The database can't be used"):
        start(app)


def test_a_sandbox_that_cannot_listen_stops_the_start(config: Config) -> None:
    """S4."""
    first = panel_app(replace(config, sandbox=True))
    stop = start(first)
    sandbox: Sandbox = first.extensions["smtp_panel"].sandbox
    endpoint = sandbox.endpoint()
    assert endpoint
    other = replace(config, data_dir=config.data_dir / "other", sandbox=True)
    second = panel_app(replace(other, sandbox_port=endpoint.port))
    with pytest.raises(SandboxError, match=f"port {endpoint.port}"):
        start(second)
    _end_checks()
    stop()


def test_the_first_admin_comes_from_the_environment_or_a_link(config: Config) -> None:
    """A1: the link stands below the address that the panel is served at."""
    app = panel_app(config)
    link = first_admin_link(app, "http://127.0.0.1:8000/") or ""
    assert link.startswith("http://127.0.0.1:8000/link/")
    known = replace(config, admin_email="ada@example.com", admin_password=Secret("x"))
    again = panel_app(known)
    assert lacks_admin(again)
    start(again)()
    assert not lacks_admin(again)
    assert first_admin_link(again, "http://127.0.0.1:8000") is None


def _end_checks() -> None:
    """Wait for the checks under way, and for what tells of them."""
    told = [each for each in threading.enumerate() if each.name == "progress"]
    for thread in [*_checks(), *told]:
        thread.join()


def _checks_so_far(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Run.id).where(Run.kind == RunKind.CHECK)).all())


def _checks() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("check ")]


def test_what_is_over_is_cleaned_away(config: Config) -> None:
    """A1, W3: sessions, links, tests and nodes, by a loop that runs wherever the panel is served.

    Stopping waits for the turn that each loop is in, and the first comes at once.
    """
    app, long_ago = panel_app(config), utcnow() - timedelta(days=60)
    with app.app_context(), writing(db.session) as session:
        user = users.create_user(session, email="a@b.example", role=Role.MEMBER, by=Actor("test"))
        session.flush()
        sessions.create(session, user, SessionOrigin("", ""), timedelta(hours=1), long_ago)
        links.create(session, Purpose.SET_PASSWORD, Actor("test"), user=user, now=long_ago)
        session.add(Run(kind=RunKind.CHECK, started_at=long_ago, ends_by=long_ago))
        times = dict.fromkeys(("since", "checked_at", "seen_at"), long_ago)
        session.add(NodeStatus(node="gone", found=Health.HEALTHY, **times))
    start(app)()
    with app.app_context():
        for model in (UserSession, OneTimeLink, Run, NodeStatus):
            found = db.session.scalars(select(model)).all()
            assert [row for row in found if getattr(row, "node", "gone") == "gone"] == []
