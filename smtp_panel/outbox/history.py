"""All that is known of one message (SPEC M6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from smtp_panel.outbox.model import Attempt, Body, Message, MessageState, Queued, Recipient

SHOWN = 200  # recipients, and attempts, of one message
# What can be sent again: what has come to an end, and whose octets are still there.
REPEATABLE = frozenset({MessageState.FAILED, MessageState.UNCERTAIN, MessageState.CANCELLED})


class NoSuchMessage(Exception):
    """There is no message with this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of one message: what became of it for each recipient, and each attempt."""

    message: Message
    queued: Queued | None
    recipients: Sequence[Recipient]
    attempts: Sequence[Attempt]
    has_octets: bool

    @property
    def state(self) -> MessageState:
        """Where it stands."""
        in_hand = self.queued is not None and self.queued.owner is not None
        return MessageState.SENDING if in_hand else self.message.state

    @property
    def can_be_sent_again(self) -> bool:
        """Whether `resend` is possible."""
        return self.state in REPEATABLE and self.has_octets

    @property
    def can_be_cancelled(self) -> bool:
        """Whether `cancel` is possible."""
        return self.state is MessageState.WAITING


def history(session: Session, message: str, most: int = SHOWN) -> History:
    """All that is known of a message, of at most so many recipients and attempts.

    Recipients who do not have it come first. Raises NoSuchMessage.
    """
    found = session.get(Message, message)
    if found is None:
        raise NoSuchMessage
    has_it = func.coalesce(Recipient.state, found.state) == MessageState.SENT
    order = has_it, Recipient.number
    people = select(Recipient).where(Recipient.message == message).order_by(*order)
    attempts = select(Attempt).where(Attempt.message == message).order_by(Attempt.id.desc())
    return History(
        message=found,
        queued=session.get(Queued, message),
        recipients=session.scalars(people.limit(most)).all(),
        attempts=session.scalars(attempts.limit(most)).all(),
        has_octets=has_body(session.connection(), message),
    )


def has_body(connection: Connection, message: str) -> bool:
    """Whether the octets of a message are still there."""
    first = select(Body.part).where(Body.message == message).limit(1)
    return connection.execute(first).first() is not None


def octets(connection: Connection, message: str) -> bytes | None:
    """The octets of a message as long as they are stored; None where they are not."""
    parts = select(Body.octets).where(Body.message == message).order_by(Body.part)
    found = connection.scalars(parts).all()
    return b"".join(found) if found else None
