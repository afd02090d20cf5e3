"""What Flask-Mail has for a connection to a mail server, and a panel has in its place (SPEC M2).

This is Flask-Mail's one seam: `Connection.configure_host` gives the object whose `sendmail` takes
the octets. In an application without a panel it is the mail server of the application's settings.
"""

from __future__ import annotations

import datetime
import smtplib
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Any, Protocol, TypedDict, Unpack

import flask_mail
from flask import current_app
from flask_mail import Message
from sqlalchemy import URL

from smtp_panel.mail import mounted
from smtp_panel.mail.composition import (
    as_meant,
    has_header,
    leave_one_of_each,
    prepare_files,
    read_mailboxes,
    refuse_line_ends,
)
from smtp_panel.mail.fields import with_fields
from smtp_panel.mail.message import StandardMessage, message_id, transportable
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.idempotency import IdempotencyKey
from smtp_panel.outbox.intake import Intake
from smtp_panel.outbox.model import Lane
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.settings.saved import Addresses
from smtp_panel.storage import UNAVAILABLE, StorageError, lately, storage_error

MailOptions = Sequence[str]
Take = Callable[[MailObject], str | None]  # gives the id in the outbox


class Terms(TypedDict, total=False):
    """How a message is to be sent, as `MailObject` has it."""

    lane: Lane | None
    send_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    key_id: str | None
    once: IdempotencyKey | None


class NotStored(StorageError, smtplib.SMTPException):
    """The database can't take a message at the moment, so that it was not accepted.

    It is an exception of smtplib too, for that is what callers of Flask-Mail are ready for.
    """


class Transport(Protocol):
    """The part of a panel that takes mail."""

    @property
    def outbox(self) -> Outbox:
        """Where what is accepted waits."""
        ...

    @property
    def addresses(self) -> Addresses:
        """Those of the settings in force; empty where there is no mail service."""
        ...

    @property
    def intake(self) -> Intake:
        """What accepts messages for the outbox."""
        ...

    def send_now(self, mail: MailObject) -> None:
        """Hand a message over at once; raises SMTPException where the server does not take it."""
        ...


class Host:
    """Stands where Flask-Mail has a connection to a mail server; `database` is where mail waits.

    `about` is what is being sent, and `taken` the id of what was sent last.
    """

    def __init__(self, take: Take, terms: Terms, database: URL) -> None:
        self._take = take
        self._terms = terms
        self._database = database
        self.about: Message | None = None
        self.taken = ""

    def sendmail(
        self,
        envelope_sender: str,
        recipients: Sequence[str],
        octets: bytes,
        _mail_options: MailOptions = (),
        _rcpt_options: MailOptions = (),
    ) -> None:
        """Take a message; raises NotStored and TooLarge. A server's options are ours to choose."""
        if self.about and type(self.about).as_bytes is Message.as_bytes:  # it is Flask-Mail's own
            octets = with_fields(octets, self.about)
        mail = MailObject(
            sender=parseaddr(envelope_sender)[1],
            recipients=sorted({parseaddr(each)[1] for each in recipients}),
            octets=transportable(octets),
            subject=str(self.about.subject) if self.about else "",
            message_id=self.about.msgId if self.about else "",
            **self._terms,
        )
        with _not_stored(self._database):
            self.taken = self._take(mail) or ""

    def quit(self) -> None:
        """There is nothing to end."""


class PanelConnection(flask_mail.Connection):
    """Accepts messages one after the other, each to be sent by the same terms.

    `taken` is the id of the last one in the outbox; empty where there is none.
    """

    def __init__(self, state: Any, **terms: Unpack[Terms]) -> None:
        super().__init__(state)
        self._terms = terms
        self.taken = ""

    def configure_host(self) -> Any:
        """The outbox; in an application without a panel, the mail server of its own settings."""
        found = current_transport()
        if found is None:
            return super().configure_host()
        return Host(self.take(found), self._terms, found.outbox.engine.url)

    def take(self, transport: Transport) -> Take:
        """What takes the messages."""
        return transport.intake.accept

    def send(self, message: Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        """Send `message`. Raises BadHeaderError for a line break in a header, of whatever part.

        And ValueError for what is not one mailbox, or is one that many servers do not take, and for
        a text that is not in the charset that it names; TooLarge and NotStored.
        """
        refuse_line_ends(message)
        host = self.host
        if isinstance(host, Host):
            read_mailboxes(message)
            prepare_files(message)
            leave_one_of_each(message)
            envelope_from = envelope_from and as_meant(envelope_from)
            host.about = message
        own = isinstance(message, StandardMessage)
        if message.sender and not own and message.msgId.endswith(f"@{socket.getfqdn()}>"):
            message.msgId = message_id(message.sender)
        replies = message.reply_to or has_header(message, "reply-to")
        if (found := current_transport()) and not replies:
            message.reply_to = _reply_to(message, addresses_of(found))
        super().send(message, envelope_from)
        if isinstance(host, Host):  # which may be another one by now, as MAIL_MAX_EMAILS has it
            self.taken = host.taken


class ConnectionAtOnce(PanelConnection):
    """Hands messages over one after the other, and returns when the server has taken them."""

    def take(self, transport: Transport) -> Take:
        """What takes the messages."""
        return transport.send_now


class Composing(PanelConnection):
    """Sends nothing: `mails` are the messages as the outbox would take them."""

    def __init__(self, state: Any, **terms: Unpack[Terms]) -> None:
        super().__init__(state, **terms)
        self.mails: list[MailObject] = []

    def take(self, transport: Transport) -> Take:
        """What takes the messages."""

        def compose(mail: MailObject) -> None:
            transport.intake.check(mail)
            self.mails.append(mail)

        return compose


def current_transport() -> Transport | None:
    """The panel that sends the mail of the current application; None where there is no panel."""
    app = mounted.panel_for(current_app)
    found: Transport | None = app.extensions[mounted.EXTENSION] if app else None
    return found


def addresses_of(transport: Transport) -> Addresses:
    """Those of the settings in force; raises NotStored where they can't be read.

    They are read once for a message, which asks for its From and for where answers go.
    """
    with _not_stored(transport.outbox.engine.url):
        return lately("addresses", lambda: transport.addresses, mounted.panel_for(current_app))


@contextmanager
def _not_stored(database: URL) -> Iterator[None]:
    """Let the block raise NotStored where `database` can't be used."""
    try:
        yield
    except UNAVAILABLE as error:
        found = storage_error(error, database)
        raise NotStored(found.cause, found.remedy, found.detail) from error


def _reply_to(message: Message, addresses: Addresses) -> str | None:
    """Where answers to a message go: as the settings say, where it has their From."""
    return addresses.reply_to or None if message.sender == addresses.sender else None
