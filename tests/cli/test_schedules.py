"""Schedules as the terminal sees and handles them (SPEC M1, A6)."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from flask_mail import Message
from sqlalchemy import select

from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.mail.front import Mail
from smtp_panel.net.network import Network
from smtp_panel.panel import EXTENSION
from smtp_panel.schedules import handling
from smtp_panel.schedules.scheduler import Scheduler
from smtp_panel.storage import db, utcnow, writing
from tests.cli.conftest import Command
from tests.schedules.conftest import ADA, WEEKLY


@pytest.fixture
def smtp(app: Flask) -> Command:
    """The command, with one schedule, which nobody runs by himself."""
    mail = Mail(app)
    mail.content("sales")(lambda: Message(body="Seven.", sender="reports@acme.example"))
    with app.app_context(), writing(db.session) as session:
        cipher = app.extensions[EXTENSION].cipher
        handling.create(session, WEEKLY, cipher, by=ADA, now=utcnow())
    return Command(app)


def test_each_is_listed_with_its_next_and_its_last_run(smtp: Command) -> None:
    (listed,) = smtp("schedules", "--json").json["schedules"]
    assert (listed["id"], listed["name"], listed["state"]) == (1, "Sales of the week", "active")
    assert datetime.datetime.fromisoformat(listed["next_at"]) > utcnow()
    assert listed["last"] is None
    assert "not run yet" in smtp("schedules").stdout

    assert smtp("schedules", "run", "1", "--json").json == {"ok": True, "id": 1}
    again = smtp("schedules", "run", "1", "--json")
    assert again.code == 2
    assert "is running already" in again.json["errors"]["panel"]["message"]
    Scheduler(smtp.app, smtp.app.extensions[EXTENSION].cipher, Network()).work()

    (listed,) = smtp("schedules", "--json").json["schedules"]
    last = listed["last"]
    assert (last["state"], last["by"], last["error"]) == ("waiting", "command line", None)
    assert smtp("queue", "--json").json["messages"][0]["id"] == last["message"]
    assert " waiting " in smtp("schedules").stdout


def test_why_the_last_run_failed_is_told(smtp: Command) -> None:
    smtp.app.extensions["mail"].contents.clear()
    smtp("schedules", "run", "1")
    Scheduler(smtp.app, smtp.app.extensions[EXTENSION].cipher, Network()).work()

    last = smtp("schedules", "--json").json["schedules"][0]["last"]
    assert last["state"] == "failed"
    assert "sales" in last["error"]


def test_one_is_paused_and_goes_on_by_a_word(smtp: Command) -> None:
    assert smtp("schedules", "pause", "1").stdout == "Schedule 1 is paused.\n"
    (listed,) = smtp("schedules", "--json").json["schedules"]
    assert (listed["state"], listed["next_at"]) == ("paused", None)
    assert smtp("schedules").lines[0].split()[:4] == ["1", "paused", "next", "-"]

    assert smtp("schedules", "resume", "1", "--json").json == {"ok": True, "id": 1}
    assert smtp("schedules", "--json").json["schedules"][0]["state"] == "active"
    with smtp.app.app_context():
        actions = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.actor == "command line")
        ).all()
    assert actions == [AuditAction.SCHEDULE_PAUSED, AuditAction.SCHEDULE_RESUMED]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["pause"], "Say which schedule to pause, by its ID."),
        (["pause", "7"], "There is no schedule 7."),
        (["stop", "1"], "'stop' is not one of"),
    ],
)
def test_what_can_not_be_is_bad_input(smtp: Command, words: list[str], sentence: str) -> None:
    """SPEC A6: exit code 2."""
    ran = smtp("schedules", *words, "--json")
    assert ran.code == 2
    (error,) = ran.json["errors"].values()
    assert sentence in error["message"]


def test_without_any_it_says_where_they_are_made(app: Flask) -> None:
    assert Command(app)("schedules").lines == [
        "There are no schedules. Admins make them on the page Schedules."
    ]
