"""Flask-Mail's own API, whose messages go through the outbox (SPEC M2).

What a host application does with Flask-Mail it does with this as well, unchanged: `mail.send`,
`mail.connect`, `record_messages`, suppression and signals. Where a process has no panel this is
Flask-Mail, by the application's own MAIL_* settings. What it has beside that is for reports and
files: `deliver` sends them, and what `content` registers goes out by a schedule.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, Unpack

import flask_mail
from flask import Flask, current_app
from flask_mail import Attachment, Message

from smtp_panel.mail import mounted
from smtp_panel.mail.connection import (
    Composing,
    ConnectionAtOnce,
    PanelConnection,
    Terms,
    addresses_of,
    current_transport,
)
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.model import Lane

File = tuple[str, str, bytes]  # its name, its content type, and what is in it
ContentFunction = Callable[[], Message]
C = TypeVar("C", bound=ContentFunction)


class _Front(flask_mail.Mail):
    """What Mail and its state have in common."""

    def connect(self, **terms: Unpack[Terms]) -> PanelConnection:
        """A connection, to be used in a `with` block, whose messages are sent by `terms`."""
        return PanelConnection(_state_of(self), **terms)

    def send_now(self, message: Message) -> None:
        """Send a message without the outbox; raises SMTPException where it was not taken."""
        with ConnectionAtOnce(_state_of(self)) as connection:
            message.send(connection)

    def deliver(
        self,
        recipients: Sequence[str],
        subject: str,
        body: str = "",
        attachments: Sequence[File] = (),
        when: datetime.datetime | None = None,
        *,
        html: str | None = None,
    ) -> str:
        """Send content, such as a report with its files, to `recipients`: the message's id.

        `body` is its text, and `html` the same as HTML. It is sent now, or not before `when`.
        Without a panel or while sending is suppressed the id is empty. Raises ValueError for a
        `when` without its time zone, or where there is no panel to wait for it.
        """
        if when and when.tzinfo is None:
            raise ValueError("`when` needs its time zone")
        if when and current_transport() is None:
            raise ValueError("without a panel nothing can be sent later")
        files = [Attachment(*each) for each in attachments]
        message = Message(subject, list(recipients), body, html=html, attachments=files)
        with self.connect(lane=Lane.BULK if when else None, send_at=when) as connection:
            message.send(connection)
            return connection.taken


class MailState(_Front):
    """The settings of Flask-Mail in one application, as `app.extensions["mail"]` has them.

    They may be assigned. Without a `default_sender` it is the From of the panel's settings.
    `contents` are the functions that give content for schedules, by name.
    """

    contents: dict[str, ContentFunction]

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        vars(self).update(settings)

    @property
    def default_sender(self) -> str | None:
        """The From of messages that name none; raises NotStored where nobody can read it."""
        chosen: str | None = vars(self)["default_sender"]
        found = None if chosen else current_transport()
        return addresses_of(found).sender or None if found else chosen

    @default_sender.setter
    def default_sender(self, sender: str | None) -> None:
        vars(self)["default_sender"] = sender


class Mail(_Front):
    """Flask-Mail's Mail, by the settings and the outbox of the panel."""

    def __init__(self, app: Flask | None = None) -> None:
        self.contents: dict[str, ContentFunction] = {}
        super().__init__(app)

    def init_app(self, app: Flask) -> Any:
        """Give `app` its mail: by its own panel, that of the process, or its MAIL_* values."""
        mounted.note_sender(app)
        return super().init_app(app)

    def content(self, name: str) -> Callable[[C], C]:
        """Register a function for the schedules, which know it by `name`: `@mail.content("Sales")`.

        It takes nothing and gives a Message: text, HTML and attachments. The schedule has the
        recipients, and the subject where the message has none.
        """

        def register(function: C) -> C:
            self.contents[name] = function
            return function

        return register

    def init_mail(
        self, config: dict[str, Any], debug: bool | int = False, testing: bool = False
    ) -> Any:
        """The settings of an application, from its MAIL_* values."""
        settings = vars(super().init_mail(config, debug, testing))
        return MailState(settings | {"contents": self.contents})


def contents(panel: Flask) -> Mapping[str, ContentFunction]:
    """The functions for the schedules of `panel`, by name.

    Each runs in the context of the application that has registered it.
    """
    return {
        name: partial(_in_context, app, function)
        for app in mounted.senders(panel)
        for name, function in getattr(app.extensions["mail"], "contents", {}).items()
    }


def composed(message: Message, **terms: Unpack[Terms]) -> list[MailObject]:
    """`message` as the outbox takes it; nothing while sending is suppressed.

    Raises BadHeaderError, TooLarge, and ValueError for an address that no command may hold.
    """
    with Composing(current_app.extensions["mail"], **terms) as connection:
        message.send(connection)
        return connection.mails


def _in_context(app: Flask, function: ContentFunction) -> Message:
    with app.app_context():
        return function()


def _state_of(front: _Front) -> Any:
    app = getattr(front, "app", None) or current_app
    try:
        return app.extensions["mail"]
    except KeyError:
        raise RuntimeError("The current application was not configured with Flask-Mail") from None
