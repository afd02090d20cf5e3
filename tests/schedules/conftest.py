"""Schedules whose content the test gives, and a scheduler that works when it is told to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message as Parsed
from typing import Any

import pytest
from flask import Flask
from flask_mail import Message
from sqlalchemy import select

from smtp_panel.app import panel_app
from smtp_panel.audit import Actor
from smtp_panel.config import Config
from smtp_panel.mail.front import Mail
from smtp_panel.outbox.model import Body, Queued
from smtp_panel.panel import Panel
from smtp_panel.schedules import handling
from smtp_panel.schedules.model import Schedule, ScheduleRun
from smtp_panel.schedules.plan import Plan
from smtp_panel.schedules.scheduler import Scheduler
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.network import network_for_content
from smtp_panel.storage import db, writing

ADA = Actor("ada@example.com", "192.0.2.1")
SUNDAY = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
MONDAY = datetime.datetime(2026, 11, 30, 9, tzinfo=datetime.UTC)  # when WEEKLY is due
WEEK = datetime.timedelta(days=7)
WEEKLY = Plan(
    name="Sales of the week",
    function="sales",
    url="",
    header="",
    secret=None,
    subject="Sales",
    recipients=["bob@test.example", "eve@test.example"],
    cron="0 9 * * MON",
    zone="UTC",
)


def sales() -> Message:
    """The content of WEEKLY."""
    message = Message(body="Seven.", html="<p>Seven.</p>")
    message.attach("sales.csv", "text/csv", b"Monday,7\r\n")
    return message


@dataclass
class Desk:
    """An application whose clock, `now`, is set by the test."""

    app: Flask
    config: Config
    mail: Mail
    now: datetime.datetime = SUNDAY

    def plan(self, plan: Plan = WEEKLY, **other: Any) -> int:
        """Make a schedule; its id."""
        with writing(db.session) as session:
            wanted = replace(plan, **other)
            return handling.create(session, wanted, self._panel.cipher, by=ADA, now=self.now).id

    def change(self, schedule: int, plan: Plan = WEEKLY, **other: Any) -> None:
        """Change a schedule."""
        version, cipher = self.schedule(schedule).version, self._panel.cipher
        with writing(db.session) as session:
            wanted = replace(plan, **other)
            handling.change(
                session, schedule, wanted, cipher, version=version, by=ADA, now=self.now
            )

    def run_now(self, schedule: int) -> None:
        """Press Run now."""
        with writing(db.session) as session:
            handling.run_now(session, schedule, ADA, self.now)

    def work(self, now: datetime.datetime | None = None) -> None:
        """Let the scheduler look, at `now` by its clock from then on."""
        self.now = now or self.now
        self.scheduler().work()

    def lose_key(self) -> None:
        """Let saved secrets be unreadable."""
        self.app.extensions["smtp_panel"] = replace(self._panel, cipher=Cipher(["a" * 43 + "="]))

    def scheduler(self) -> Scheduler:
        """A scheduler with the clock of the test."""
        network = network_for_content(self.config)
        return Scheduler(self.app, self._panel.cipher, network, lambda: self.now)

    def schedule(self, schedule: int) -> Schedule:
        """The row of a schedule."""
        db.session.rollback()
        return db.session.get_one(Schedule, schedule)

    def runs(self) -> list[ScheduleRun]:
        """All runs, the oldest first."""
        db.session.rollback()
        return list(db.session.scalars(select(ScheduleRun).order_by(ScheduleRun.id)))

    def error(self) -> str:
        """Why the last run failed."""
        said = self.runs()[-1].error or {}
        return str(said["message"] % said["params"])

    def messages(self) -> list[tuple[Queued, Parsed]]:
        """What is in the outbox, the oldest first."""
        db.session.rollback()
        rows = db.session.execute(
            select(Queued, Body.octets).join(Body, Body.message == Queued.id).order_by(Queued.id)
        )
        return [(queued, message_from_bytes(octets)) for queued, octets in rows]

    @property
    def _panel(self) -> Panel:
        found: Panel = self.app.extensions["smtp_panel"]
        return found


@pytest.fixture
def application() -> Iterator[None]:
    """An application with Flask-Mail, whose messages need one."""
    app = Flask(__name__)
    Mail(app)
    with app.app_context():
        yield


@pytest.fixture
def desk(prepared: Config) -> Iterator[Desk]:
    """An application with the content `sales`, and with a From to send by."""
    service = Secret("smtp://mail.acme.example?tls=none&from=reports@acme.example")
    used = replace(prepared, default_url=service, http_content=True)
    app = panel_app(used)
    mail = Mail(app)
    mail.content("sales")(sales)
    with app.app_context():
        yield Desk(app, used, mail)
