"""A panel that is mounted in another application, whose mail it sends (SPEC A4, M2)."""

from __future__ import annotations

import smtplib

import pytest
from flask import Flask, current_app
from flask_mail import Message
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from smtp_panel.mail import mounted
from smtp_panel.mail.front import Mail, contents
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.storage import db
from tests.mail.test_front import BOB, EVE, SENDER, accepted, hello
from tests.servers.ports import free_ports


@pytest.fixture
def host() -> Flask:
    """An application with a database of its own, which has sent by a mail server so far."""
    host = Flask("host")
    host.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=free_ports(1)[0],
        MAIL_DEFAULT_SENDER=EVE,
    )
    SQLAlchemy(host)
    return host


@pytest.fixture
def panel(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The panel of this process, for the time of a test."""
    monkeypatch.setitem(mounted._panels, EXTENSION, app)
    return app


@pytest.mark.parametrize("mounted_first", [True, False])
def test_the_mail_of_the_host_goes_through_the_outbox(
    host: Flask, app: Flask, request: pytest.FixtureRequest, *, mounted_first: bool
) -> None:
    """Unchanged code, whichever of the two is made first; the default sender is the host's own."""
    if mounted_first:
        request.getfixturevalue("panel")
    mail = Mail(host)
    request.getfixturevalue("panel")
    with host.app_context():
        mail.send(Message("Hello", [BOB], "Hello."))
        mail.deliver([BOB], "Sales", "Seven.")
    with app.app_context():
        assert [(each.sender, each.subject) for each, _, _ in accepted()] == [
            (EVE, "Hello"),
            (EVE, "Sales"),
        ]


def test_without_a_panel_the_host_sends_by_its_own_settings(host: Flask) -> None:
    """M2: by Flask-Mail, to the mail server of MAIL_SERVER, where here nobody listens."""
    mail = Mail(host)
    with host.app_context(), pytest.raises(ConnectionRefusedError):
        mail.send(hello())


def test_the_host_decides_what_is_suppressed(host: Flask, panel: Flask) -> None:
    """As in the host's own tests."""
    host.testing = True
    mail = Mail(host)
    with host.app_context(), mail.record_messages() as sent:
        mail.send(hello())
    with panel.app_context():
        assert (len(sent), accepted()) == (1, [])


def test_what_the_host_takes_back_is_sent_all_the_same(host: Flask, panel: Flask) -> None:
    """M3: accepted is on disk; the database of the host is another one."""
    mail, own = Mail(host), host.extensions["sqlalchemy"]
    with host.app_context():
        own.session.execute(text("CREATE TABLE notes (words TEXT)"))
        mail.send(hello())
        own.session.rollback()
    with panel.app_context():
        assert len(accepted()) == 1


def test_the_host_is_told_that_mail_can_not_be_stored(host: Flask, panel: Flask) -> None:
    """M3: by an exception of smtplib, for which its code is ready."""
    mail = Mail(host)
    with panel.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE message RENAME TO lost"))
    with host.app_context(), pytest.raises(smtplib.SMTPException, match="The database can't"):
        mail.send(hello())


def test_content_of_the_host_is_made_in_its_own_context(host: Flask, panel: Flask) -> None:
    """M1: the page of schedules offers it beside that of the panel's application."""
    sales = Mail()
    sales.init_app(host)

    @sales.content("Sales")
    def _() -> Message:
        return Message(current_app.name, sender=SENDER)

    made = contents(panel)["Sales"]()
    assert made.subject == "host"
