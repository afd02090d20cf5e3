"""Accepting a message: it is on disk when the caller's transaction commits (SPEC M3)."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Dialect, insert, select

from smtp_panel.outbox import idempotency
from smtp_panel.outbox.idempotency import IdempotencyKey
from smtp_panel.outbox.model import (
    WORDS,
    Body,
    Lane,
    Message,
    MessageState,
    Queued,
    Recipient,
    new_id,
)
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.storage import ADDRESS, utcnow
from smtp_panel.storage.bulk import Bulk, Ready, Row

MANY = 10  # recipients; what goes to more of them lets other mail go first
PART = 256 * 1024  # octets of a row; of a large message no more than that is in memory at once

_MESSAGES = Bulk(insert(Message))
_QUEUED = Bulk(insert(Queued))
_RECIPIENTS = Bulk(insert(Recipient))
_PARTS = Bulk(insert(Body))


@dataclass(frozen=True, slots=True, kw_only=True)
class MailObject:
    """What is to be accepted, an envelope and its content (RFC 5321, section 2.3.1).

    The `octets` are sent as they are, from `sender` to `recipients`; people find it by `subject`
    and `message_id`. It is tried from `send_at` on, and not any more after `expires_at`, where
    there is one. Without a `lane` it goes in that of mail to so many. `key_id` is of the API key
    that it came by, and `once` makes it the same as an earlier one. Raises ValueError where there
    is no recipient, and for an address that no command may hold, or that is longer than any.
    """

    sender: str
    recipients: Sequence[str]
    octets: bytes = field(repr=False)
    subject: str = ""
    message_id: str = ""
    lane: Lane | None = None
    send_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    key_id: str | None = None
    once: IdempotencyKey | None = None
    accepted_at: datetime.datetime = field(default_factory=utcnow)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", new_id(self.accepted_at))
        Envelope(self.sender, tuple(self.recipients))
        if not self.recipients:
            raise ValueError("a message without a recipient")
        if max(map(len, (self.sender, *self.recipients))) > ADDRESS:
            raise ValueError(f"an address has at most {ADDRESS} characters")

    @property
    def due(self) -> datetime.datetime:
        """When it is to be tried first."""
        return self.send_at or self.accepted_at

    @property
    def goes_in(self) -> Lane:
        """The lane that was chosen, else that of mail to so many."""
        usual = Lane.BULK if len(self.recipients) > MANY else Lane.NORMAL
        return usual if self.lane is None else self.lane


def repeated(connection: Connection, mails: Sequence[MailObject]) -> dict[str, str]:
    """Those of `mails` that were accepted before: their ids, and the id of the message of then.

    Remembers the others, in the transaction in which they are to be accepted. Raises KeyReused.
    """
    asked = [(mail.once, mail) for mail in mails if mail.once]
    found = {
        mail.id: idempotency.first(connection, once, mail.id, mail.accepted_at)
        for once, mail in sorted(asked, key=lambda pair: pair[0])  # in one order: no deadlock
    }
    return {new: old for new, old in found.items() if new != old}


def enqueue(connection: Connection, mails: Sequence[MailObject]) -> None:
    """Accept `mails` in the transaction of `connection`, which the caller commits."""
    for each in ready(connection.dialect, mails):
        each.execute(connection)


def ready(
    dialect: Dialect,
    mails: Sequence[MailObject],
    claimed: Collection[str] = (),
    worker: str | None = None,
) -> list[Ready]:
    """What accepts `mails`.

    Those with ids in `claimed` are in the hand of `worker` at once, by their first claim.
    """
    owners = [worker if mail.id in claimed else None for mail in mails]
    return [
        _MESSAGES.ready(dialect, list(map(_message, mails))),
        _QUEUED.ready(dialect, list(map(_queued, mails, owners))),
        _RECIPIENTS.ready(dialect, [row for mail in mails for row in _recipients(mail)]),
        _PARTS.ready(dialect, [row for mail in mails for row in _parts(mail)]),
    ]


def is_accepted(connection: Connection, mail: str) -> bool:
    """Whether the message with this id was accepted."""
    return connection.scalar(select(Message.id).where(Message.id == mail)) is not None


def _message(mail: MailObject) -> Row:
    return {
        "id": mail.id,
        "state": MessageState.WAITING,
        "created_at": mail.accepted_at,
        "send_at": mail.due,
        "expires_at": mail.expires_at,
        "sender": mail.sender,
        "subject": mail.subject[:WORDS],
        "message_id": mail.message_id[:WORDS],
        "size": len(mail.octets),
        "recipients": len(mail.recipients),
        "queue_id": "",
        "key_id": mail.key_id,
    }


def _queued(mail: MailObject, owner: str | None) -> Row:
    first = 1 if owner else 0
    return {
        "id": mail.id,
        "lane": mail.goes_in.value,
        "due": mail.due,
        "sender": mail.sender,
        "recipients": list(enumerate(mail.recipients)),
        "size": len(mail.octets),
        "expires_at": mail.expires_at,
        "owner": owner,
        "token": first,
        "claims": first,
    }


def _recipients(mail: MailObject) -> Iterator[Row]:
    for number, address in enumerate(mail.recipients):
        yield {
            "message": mail.id,
            "number": number,
            "address": address,
            "says": "",
            "instead": "",
        }


def _parts(mail: MailObject) -> Iterator[Row]:
    for part, start in enumerate(range(0, max(1, len(mail.octets)), PART)):
        octets = mail.octets[start : start + PART]
        yield {"message": mail.id, "part": part, "octets": octets}
