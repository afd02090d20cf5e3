"""Two panels in one process: neither has anything of the other's (SPEC A4)."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_mail import Message as Mail
from sqlalchemy import select
from sqlalchemy.orm import Session

from smtp_panel import Mail as Front
from smtp_panel.access import users
from smtp_panel.access.users import Role, User
from smtp_panel.app import panel_app
from smtp_panel.audit import Actor
from smtp_panel.config import NO_SECRET, Config
from smtp_panel.outbox.model import Message
from smtp_panel.storage import NestedWriting, db, writing
from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.scripted import greet
from tests.servers.token_server import token
from tests.web.conftest import MakePanel
from tests.web.test_oauth_mail import TOKEN, obliging, settings_of

ROOT = Path(__file__).parents[2]
TWO_STARTS = """
import os, signal
from smtp_panel.background import stop_with_process

stop_with_process(lambda: print("first", flush=True))
stop_with_process(lambda: print("second", flush=True))
stop_with_process(lambda: print("third", flush=True))()
os.kill(os.getpid(), signal.SIGTERM)
"""


@pytest.fixture
def other(config: Config) -> Flask:
    """Another panel beside `app`, with its own folder and database."""
    return panel_app(replace(config, data_dir=config.data_dir / "other", database_url=NO_SECRET))


def add(session: Session, email: str) -> None:
    users.create_user(session, email=email, role=Role.MEMBER, by=Actor("test"))


def hello(email: str) -> Mail:
    return Mail(f"To {email}", [email], "Hello.", sender="a@b.example")


def known(app: Flask) -> tuple[list[str], list[str]]:
    """The addresses of the users, and the subjects of the messages."""
    with app.app_context():
        people = db.session.scalars(select(User.email)).all()
        return list(filter(None, people)), list(db.session.scalars(select(Message.subject)))


def test_a_transaction_of_one_holds_nothing_of_the_other(app: Flask, other: Flask) -> None:
    """What one panel takes back costs the other no row and no mail."""
    front = Front()
    for each in (app, other):
        front.init_app(each)

    def fail_in_between() -> None:
        with writing(db.session) as session:
            add(session, "ada@example.com")
            front.send(hello("ada@example.com"))
            with other.app_context():
                with writing(db.session) as inner:
                    add(inner, "eve@example.com")
                front.send(hello("eve@example.com"))
            raise LookupError

    with app.app_context(), pytest.raises(LookupError):
        fail_in_between()
    assert known(app) == ([], [])
    assert known(other) == (["eve@example.com"], ["To eve@example.com"])


def test_a_transaction_inside_one_of_the_same_panel_is_refused(app: Flask, other: Flask) -> None:
    """It would wait for itself, also where another panel's stands between them."""
    with app.app_context(), writing(db.session), other.app_context(), writing(db.session):  # noqa: SIM117  (the order is the point)
        with app.app_context(), pytest.raises(NestedWriting), writing(db.session):
            pass


def test_an_access_token_is_of_the_panel_that_fetched_it(
    make_panel: MakePanel,
    config: Config,
    scripted: StartScripted,
    token_endpoint: StartTokenServer,
) -> None:
    """F8, L3: what one panel may reach is no way for another, which its guard keeps from there."""
    tokens = token_endpoint(token(TOKEN))
    server = scripted([greet("AUTH XOAUTH2"), obliging])
    first = make_panel(http_token_endpoint=True)
    second = make_panel(http_token_endpoint=True, data_dir=config.data_dir / "other")
    second.add_users()
    for panel in (first, first, second):
        page = panel.tested(panel.admin(), **settings_of(server, tokens))
        assert page.id("test-result")["data-state"] == "passed"
    assert len(tokens.forms) == 2


def test_sigterm_stops_whatever_was_started_and_not_stopped_yet() -> None:
    """Section 11: for every panel in the process, the last one first."""
    ended = subprocess.run(
        [sys.executable, "-c", TWO_STARTS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.split() == ["third", "second", "first"]
    assert ended.returncode == -signal.SIGTERM
