"""Flask-Mail's own API, whose messages go through the outbox (SPEC M2).

What a host application does with Flask-Mail it does with this as well, unchanged: `mail.send`,
`mail.connect`, `record_messages`, suppression and signals. In an application without a panel this
is Flask-Mail, by the application's own MAIL_* settings.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from email.utils import make_msgid, parseaddr
from typing import Any, Protocol

import flask_mail
from flask import current_app
from flask_mail import BadHeaderError, Message, sanitize_address

from smtp_panel.outbox import enqueue

EXTENSION = "smtp_panel"
LINE_BREAKS = frozenset("\r\n")

Options = Sequence[str]


class Installation(Protocol):
    """What this needs of a panel."""

    @property
    def default_sender(self) -> str:
        """The From of the settings in force; empty where there is none."""
        ...

    def accept(self, mail: enqueue.Mail) -> None:
        """Accept a message for the outbox: it is on disk, or is with the caller's transaction."""
        ...

    def send_now(self, mail: enqueue.Mail) -> None:
        """Hand a message over at once; raises SMTPException where the server does not take it."""
        ...


class Host:
    """Stands where Flask-Mail has a connection to a mail server. `about` is what is being sent."""

    def __init__(self, installation: Installation, *, at_once: bool) -> None:
        self._take = installation.send_now if at_once else installation.accept
        self.about: Message | None = None

    def sendmail(
        self,
        envelope_sender: str,
        recipients: Sequence[str],
        octets: bytes,
        _mail_options: Options = (),
        _rcpt_options: Options = (),
    ) -> None:
        """Take a message. Options of a mail server are ours to choose."""
        self._take(
            enqueue.Mail(
                sender=parseaddr(envelope_sender)[1],
                recipients=sorted({parseaddr(each)[1] for each in recipients}),
                octets=octets,
                subject=str(self.about.subject) if self.about else "",
                message_id=self.about.msgId if self.about else "",
            )
        )

    def quit(self) -> None:
        """There is nothing to end."""


class Connection(flask_mail.Connection):
    """Accepts messages one after the other."""

    at_once = False

    def configure_host(self) -> Any:
        """The outbox; in an application without a panel, the mail server of its own settings."""
        found = _installation()
        return Host(found, at_once=self.at_once) if found else super().configure_host()

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
        super().send(message, envelope_from)


class ConnectionAtOnce(Connection):
    """Hands messages over one after the other, and returns when the server has taken them."""

    at_once = True


class _Front(flask_mail.Mail):
    """What Mail and its state have in common."""

    def connect(self) -> Connection:
        """A connection, to be used in a `with` block."""
        return Connection(_state_of(self))

    def send_now(self, message: Message) -> None:
        """Send a message without the outbox; raises SMTPException where it was not taken."""
        with ConnectionAtOnce(_state_of(self)) as connection:
            message.send(connection)


class State(_Front):
    """The settings of Flask-Mail in one application, as `app.extensions["mail"]` has them.

    They may be assigned. Without a `default_sender` it is the From of the panel's settings.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        vars(self).update(settings)

    @property
    def default_sender(self) -> str | None:
        """The From of messages that name none."""
        chosen: str | None = vars(self)["default_sender"]
        found = None if chosen else _installation()
        return found.default_sender or None if found else chosen

    @default_sender.setter
    def default_sender(self, sender: str | None) -> None:
        vars(self)["default_sender"] = sender


class Mail(_Front):
    """Flask-Mail's Mail, by the settings and the outbox of the panel."""

    def init_mail(
        self, config: dict[str, Any], debug: bool | int = False, testing: bool = False
    ) -> Any:
        """The settings of an application, from its MAIL_* values."""
        return State(vars(super().init_mail(config, debug, testing)))


def _state_of(front: _Front) -> Any:
    app = getattr(front, "app", None) or current_app
    try:
        return app.extensions["mail"]
    except KeyError:
        raise RuntimeError("The current application was not configured with Flask-Mail") from None


def _installation() -> Installation | None:
    """The panel of the current application."""
    found: Installation | None = current_app.extensions.get(EXTENSION)
    return found
