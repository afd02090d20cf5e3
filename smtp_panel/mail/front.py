"""Flask-Mail's own API, whose messages go through the outbox (SPEC M2).

What a host application does with Flask-Mail it does with this as well, unchanged: `mail.send`,
`mail.connect`, `record_messages`, suppression and signals. In an application without a panel this
is Flask-Mail, by the application's own MAIL_* settings. What it has beside that is for reports and
files: `deliver` sends them, and what `content` registers goes out by a schedule.
"""

from __future__ import annotations

import datetime
import socket
from collections.abc import Callable, Mapping, Sequence
from email.utils import make_msgid, parseaddr
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

import flask_mail
from flask import Flask, current_app
from flask_mail import Attachment, BadHeaderError, Message, sanitize_address

from smtp_panel.mail.message import transportable
from smtp_panel.outbox import enqueue
from smtp_panel.outbox.idempotency import IdempotencyKey
from smtp_panel.outbox.model import Lane
from smtp_panel.settings.saved import Addresses

EXTENSION = "smtp_panel"
LINE_BREAKS = frozenset("\r\n")
MANY = 10  # recipients; content for more of them lets other mail go first

Options = Sequence[str]
Take = Callable[[enqueue.MailObject], str | None]  # gives the id in the outbox
File = tuple[str, str, bytes]  # its name, its content type, and what is in it
Content = Callable[[], Message]
C = TypeVar("C", bound=Content)


class Terms(TypedDict, total=False):
    """How a message is to be sent, as `enqueue.MailObject` has it."""

    lane: Lane
    send_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    key_id: str | None
    once: IdempotencyKey | None


class Transport(Protocol):
    """The part of a panel that takes mail."""

    @property
    def addresses(self) -> Addresses:
        """Those of the settings in force; empty where there is no mail service."""
        ...

    def accept(self, mail: enqueue.MailObject) -> str:
        """Accept a message for the outbox: it is on disk, or is with the caller's transaction.

        Gives its id, or that of an earlier one that it repeats.
        """
        ...

    def send_now(self, mail: enqueue.MailObject) -> None:
        """Hand a message over at once; raises SMTPException where the server does not take it."""
        ...


class Host:
    """Stands where Flask-Mail has a connection to a mail server.

    `about` is what is being sent, and `taken` the id of what was sent last.
    """

    def __init__(self, take: Take, terms: Terms) -> None:
        self._take = take
        self._terms = terms
        self.about: Message | None = None
        self.taken = ""

    def sendmail(
        self,
        envelope_sender: str,
        recipients: Sequence[str],
        octets: bytes,
        _mail_options: Options = (),
        _rcpt_options: Options = (),
    ) -> None:
        """Take a message. Options of a mail server are ours to choose."""
        mail = enqueue.MailObject(
            sender=parseaddr(envelope_sender)[1],
            recipients=sorted({parseaddr(each)[1] for each in recipients}),
            octets=transportable(octets),
            subject=str(self.about.subject) if self.about else "",
            message_id=self.about.msgId if self.about else "",
            **self._terms,
        )
        self.taken = self._take(mail) or ""

    def quit(self) -> None:
        """There is nothing to end."""


class PanelConnection(flask_mail.Connection):
    """Accepts messages one after the other, each to be sent by the same terms."""

    def __init__(self, state: Any, **terms: Unpack[Terms]) -> None:
        super().__init__(state)
        self._terms = terms

    def configure_host(self) -> Any:
        """The outbox; in an application without a panel, the mail server of its own settings."""
        found = _transport()
        return Host(self.take(found), self._terms) if found else super().configure_host()

    def take(self, transport: Transport) -> Take:
        """What takes the messages."""
        return transport.accept

    @property
    def taken(self) -> str:
        """The id of the last message in the outbox; empty where there is none."""
        return self.host.taken if isinstance(self.host, Host) else ""

    def send(self, message: Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        """Send `message`. Raises BadHeaderError for a line break in a header, of whatever name."""
        for name, value in (message.extra_headers or {}).items():
            if not LINE_BREAKS.isdisjoint(f"{name}{value}"):
                raise BadHeaderError
        if message.sender and message.msgId.endswith(f"@{socket.getfqdn()}>"):
            _, address = parseaddr(sanitize_address(message.sender))
            message.msgId = make_msgid(domain=address.rpartition("@")[2])
        if isinstance(self.host, Host):
            self.host.about = message
        if (found := _transport()) and not message.reply_to:
            message.reply_to = _reply_to(message, found.addresses)
        super().send(message, envelope_from)


class ConnectionAtOnce(PanelConnection):
    """Hands messages over one after the other, and returns when the server has taken them."""

    def take(self, transport: Transport) -> Take:
        """What takes the messages."""
        return transport.send_now


class Composing(PanelConnection):
    """Sends nothing: `mails` are the messages as the outbox would take them."""

    def __init__(self, state: Any, **terms: Unpack[Terms]) -> None:
        super().__init__(state, **terms)
        self.mails: list[enqueue.MailObject] = []

    def take(self, _transport: Transport) -> Take:
        """What takes the messages."""
        return self.mails.append


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
        if when and _transport() is None:
            raise ValueError("without a panel nothing can be sent later")
        files = [Attachment(*each) for each in attachments]
        message = Message(subject, list(recipients), body, html=html, attachments=files)
        lane = Lane.BULK if when or len(recipients) > MANY else Lane.NORMAL
        with self.connect(lane=lane, send_at=when) as connection:
            message.send(connection)
            return connection.taken


class MailState(_Front):
    """The settings of Flask-Mail in one application, as `app.extensions["mail"]` has them.

    They may be assigned. Without a `default_sender` it is the From of the panel's settings.
    `contents` are the functions that give content for schedules, by name.
    """

    contents: dict[str, Content]

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        vars(self).update(settings)

    @property
    def default_sender(self) -> str | None:
        """The From of messages that name none."""
        chosen: str | None = vars(self)["default_sender"]
        found = None if chosen else _transport()
        return found.addresses.sender or None if found else chosen

    @default_sender.setter
    def default_sender(self, sender: str | None) -> None:
        vars(self)["default_sender"] = sender


class Mail(_Front):
    """Flask-Mail's Mail, by the settings and the outbox of the panel."""

    def __init__(self, app: Flask | None = None) -> None:
        self.contents: dict[str, Content] = {}
        super().__init__(app)

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


def contents() -> Mapping[str, Content]:
    """The functions for schedules that the current application has registered, by name."""
    found: Mapping[str, Content] = getattr(current_app.extensions.get("mail"), "contents", {})
    return found


def composed(message: Message, **terms: Unpack[Terms]) -> list[enqueue.MailObject]:
    """`message` as the outbox takes it; nothing while sending is suppressed.

    Raises BadHeaderError, and ValueError for an address that no command may hold.
    """
    with Composing(current_app.extensions["mail"], **terms) as connection:
        message.send(connection)
        return connection.mails


def _reply_to(message: Message, addresses: Addresses) -> str | None:
    """Where answers to a message go: as the settings say, where it has their From."""
    return addresses.reply_to or None if message.sender == addresses.sender else None


def _state_of(front: _Front) -> Any:
    app = getattr(front, "app", None) or current_app
    try:
        return app.extensions["mail"]
    except KeyError:
        raise RuntimeError("The current application was not configured with Flask-Mail") from None


def _transport() -> Transport | None:
    """The panel of the current application."""
    found: Transport | None = current_app.extensions.get(EXTENSION)
    return found
