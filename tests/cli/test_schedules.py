"""Schedules as the terminal sees and handles them (SPEC M1, A6)."""

from __future__ import annotations

import datetime
import json

import pytest
from flask import Flask
from flask_mail import Message
from sqlalchemy import delete, select

from smtp_panel.api.schedules_types import OneSchedule, told
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.mail.front import Mail
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.net.network import Network
from smtp_panel.outbox.model import Message as Stored
from smtp_panel.schedules import handling
from smtp_panel.schedules.scheduler import Scheduler
from smtp_panel.storage import db, utcnow, writing
from tests.api.test_schedules import somebody_renames
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
    assert (last["state"], last["by"], last["error"]) == ("waiting", "command line", "")
    assert smtp("queue", "--json").json["messages"][0]["id"] == last["message"]
    assert " waiting " in smtp("schedules").stdout


def test_of_two_who_change_one_at_once_none_takes_back_what_the_other_did(smtp: Command) -> None:
    """V3, A6."""
    with smtp.app.app_context():
        engine = db.engine
    with somebody_renames(engine, "Sales of July"):
        refused = smtp("schedules", "change", "1", "--cron", "30 7 1 * *", "--json")
    assert refused.code == 1
    assert "saved the schedule meanwhile" in refused.json["errors"]["panel"]["message"]
    assert smtp("schedules", "change", "1", "--cron", "30 7 1 * *").code == 0
    (listed,) = smtp("schedules", "--json").json["schedules"]
    assert (listed["name"], listed["cron"]) == ("Sales of July", "30 7 1 * *")


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
        (["pause"], "Missing argument 'ID'."),
        (["pause", "7"], "There is no schedule 7."),
        (["stop", "1"], "No such command 'stop'."),
        (["history", "7"], "There is no schedule 7."),
        (["change", "7", "--name", "X"], "There is no schedule 7."),
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
        "There are no schedules. `smtp schedules create` makes one."
    ]


URL = "https://reports.example/sales"
EVE = "eve@b.example"
TIMES = ("--subject", "Sales", "--to", "bob@b.example", "--cron", "0 9 * * MON")


def test_one_is_made_changed_and_removed(smtp: Command) -> None:
    """M1, A6: by the rules of the page; the secret is asked for again where it goes elsewhere."""
    words = ("--name", "Sales", "--url", URL, "--header", "Authorization", *TIMES)
    ran = smtp("schedules", "create", *words, "--secret-stdin", "--json", stdin="Bearer x\n")
    assert (ran.code, ran.json) == (0, {"ok": True, "id": 2})
    assert (
        smtp("schedules", "change", "2", "--zone", "Asia/Tokyo", "--to", "eve@b.example").code == 0
    )
    made, _ = smtp("schedules", "--json").json["schedules"]
    assert (made["url"], made["zone"], made["recipients"]) == (URL, "Asia/Tokyo", ["eve@b.example"])

    elsewhere = smtp("schedules", "change", "2", "--url", "https://other.example/", "--json")
    assert (elsewhere.code, list(elsewhere.json["errors"])) == (2, ["secret"])
    assert elsewhere.json["errors"]["secret"]["option"] == "--secret-stdin"
    assert smtp("schedules", "change", "2", "--function", "sales").code == 0
    made, _ = smtp("schedules", "--json").json["schedules"]
    assert (made["function"], made["url"], made["header"]) == ("sales", "", "")

    assert smtp("schedules", "remove", "2", "--json").json == {"ok": True, "id": 2}
    assert len(smtp("schedules", "list", "--json").json["schedules"]) == 1


def test_what_a_rule_refuses_is_told_by_its_option_and_nothing_is_made(smtp: Command) -> None:
    """M1, A6."""
    wrong = ("--url", "ftp://x", "--to", "nobody", "--cron", "daily", "--zone", "Tokyo")
    ran = smtp("schedules", "create", *wrong, "--json")
    assert ran.code == 2
    assert set(ran.json["errors"]) == {"name", "url", "subject", "to", "cron", "zone"}
    assert ran.json["errors"]["zone"]["suggestion"] == "Asia/Tokyo"
    ran = smtp(
        "schedules", "create", "--name", "X", "--url", URL, "--function", "x", *TIMES, "--json"
    )
    assert set(ran.json["errors"]) == {"function"}
    assert len(smtp("schedules", "--json").json["schedules"]) == 1


def test_a_run_is_told_as_the_api_tells_it_also_once_its_message_is_kept_no_longer(
    smtp: Command,
) -> None:
    """A5, A6: a script may ask either."""
    smtp("schedules", "run", "1")
    Scheduler(smtp.app, smtp.app.extensions[EXTENSION].cipher, Network()).work()
    with smtp.app.app_context(), writing(db.session) as session:
        session.execute(delete(Stored))
    (listed,) = smtp("schedules", "--json").json["schedules"]
    (run,) = smtp("schedules", "history", "1", "--json").json["runs"]
    assert (run["message"], run["error"], run["state"]) == (None, "", "accepted")
    assert listed["last"] == run
    with smtp.app.app_context():
        ((schedule, last),) = handling.listed(db.session())
        assert last
        assert OneSchedule.model_validate_json(json.dumps(listed)) == told(schedule, last)


def test_its_runs_are_listed(smtp: Command) -> None:
    """M1, A6."""
    assert smtp("schedules", "history", "1", "--json").json == {"id": 1, "runs": []}
    smtp.app.extensions["mail"].contents.clear()
    smtp("schedules", "run", "1")
    Scheduler(smtp.app, smtp.app.extensions[EXTENSION].cipher, Network()).work()
    (run,) = smtp("schedules", "history", "1", "--json").json["runs"]
    assert (run["state"], run["by"]) == ("failed", "command line")
    assert run["error"] in smtp("schedules", "history", "1").stdout
