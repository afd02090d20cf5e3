"""What people do with the queue: look at it, send again, cancel (SPEC M6)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.outbox import pause, tally
from smtp_panel.outbox.model import Attempt, Body, Lane, Message, MessageState, Queued, Recipient
from smtp_panel.storage import utcnow

# What can be sent again: what has come to an end, and whose octets are still there.
SEARCHED = 20_000  # messages whose subjects are looked through
SHOWN = 200  # recipients, and attempts, of one message
REPEATABLE = frozenset({MessageState.FAILED, MessageState.UNCERTAIN, MessageState.CANCELLED})


class NoSuchMessage(Exception):
    """There is no message with this id."""


class NotPossible(Exception):
    """A message can't be handled so in its `state`."""

    def __init__(self, state: MessageState) -> None:
        super().__init__(f"The message is {state}")
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A message in a list; `attempts` counts those that were made to hand it over."""

    id: str
    state: MessageState
    created_at: datetime.datetime
    due: datetime.datetime | None
    sender: str
    subject: str
    recipients: Sequence[str]
    attempts: int


def listed(
    connection: Connection,
    *,
    state: MessageState | None = None,
    about: str = "",
    before: str = "",
    most: int = 50,
) -> list[Listed]:
    """The newest messages, at most so many; those in `state`, and older than the id `before`.

    `about` is the address of a recipient, or a part of the subject, which is looked for in the
    newest SEARCHED messages.
    """
    rows = select(
        Message.id,
        Message.state,
        Message.created_at,
        Message.sender,
        Message.subject,
        Queued.due,
        Queued.owner,
    )
    if about:
        chosen = _about(about).subquery()
        rows = rows.join(chosen, chosen.c.id == Message.id)
    rows = rows.outerjoin(Queued, Queued.id == Message.id)
    if before:
        rows = rows.where(Message.id < before)
    if state is MessageState.WAITING:
        rows = rows.where(Queued.id.is_not(None), Queued.owner.is_(None))
    elif state is MessageState.SENDING:
        rows = rows.where(Queued.owner.is_not(None))
    elif state:
        rows = rows.where(Message.state == state)
    listing = connection.execute(rows.order_by(Message.id.desc()).limit(most)).all()
    ids = [row.id for row in listing]
    people, attempts = _people(connection, ids), _attempts(connection, ids)
    return [
        Listed(
            id=row.id,
            state=MessageState.SENDING if row.owner else row.state,
            created_at=row.created_at,
            due=row.due,
            sender=row.sender,
            subject=row.subject,
            recipients=people.get(row.id, ()),
            attempts=attempts.get(row.id, 0),
        )
        for row in listing
    ]


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


def history(session: Session, message: str) -> History:
    """All that is known of a message; raises NoSuchMessage."""
    found = session.get(Message, message)
    if found is None:
        raise NoSuchMessage
    people = select(Recipient).where(Recipient.message == message).order_by(Recipient.number)
    attempts = select(Attempt).where(Attempt.message == message).order_by(Attempt.id.desc())
    return History(
        message=found,
        queued=session.get(Queued, message),
        recipients=session.scalars(people.limit(SHOWN)).all(),
        attempts=session.scalars(attempts.limit(SHOWN)).all(),
        has_octets=_has_body(session.connection(), message),
    )


def resend(session: Session, message: str, by: Actor) -> None:
    """Send a message again to those who do not have it, or may not have it.

    Raises NoSuchMessage, and NotPossible for one that was sent or is still to be sent.
    """
    connection = session.connection()
    found = _locked(connection, message)
    if found.state not in REPEATABLE or not _has_body(connection, message):
        raise NotPossible(found.state)
    people = select(Recipient.number, Recipient.address, Recipient.state).where(
        Recipient.message == message
    )
    rows = connection.execute(people.order_by(Recipient.number)).all()
    has_it = [row for row in rows if (row.state or found.state) is MessageState.SENT]
    again = [(row.number, row.address) for row in rows if row not in has_it]
    numbers = [number for number, _ in again]
    of_them = (Recipient.message == message, Recipient.number.in_(numbers))
    connection.execute(update(Recipient).where(*of_them).values(state=None, says=""))
    connection.execute(
        update(Message)
        .where(Message.id == message)
        .values(state=MessageState.WAITING, finished_at=None, diagnosis=None)
    )
    connection.execute(
        insert(Queued).values(
            id=message,
            lane=Lane.NORMAL.value,
            due=utcnow(),
            sender=found.sender,
            recipients=again,
            settled=MessageState.SENT if has_it else None,
            size=found.size,
        )
    )
    _note(session, AuditAction.MESSAGE_RESENT, by, message)


def cancel(session: Session, message: str, by: Actor) -> None:
    """Send a message no more to those who do not have it yet.

    Raises NoSuchMessage, and NotPossible for one that is being sent or does not wait.
    """
    connection = session.connection()
    found = _locked(connection, message)
    free = delete(Queued).where(Queued.id == message, Queued.owner.is_(None))
    if not connection.execute(free).rowcount:
        waits = found.state is MessageState.WAITING
        raise NotPossible(MessageState.SENDING if waits else found.state)
    now = utcnow()
    connection.execute(
        update(Message)
        .where(Message.id == message)
        .values(state=MessageState.CANCELLED, finished_at=now)
    )
    tally.count(connection, [(now, MessageState.CANCELLED, "")])
    _note(session, AuditAction.MESSAGE_CANCELLED, by, message)


def hold(session: Session, by: Actor) -> None:
    """Send nothing until `release`; what is accepted meanwhile waits."""
    pause.hold(session.connection(), by.name, utcnow())
    _note(session, AuditAction.SENDING_PAUSED, by)


def release(session: Session, by: Actor) -> None:
    """Send again after `hold`."""
    pause.release(session.connection())
    _note(session, AuditAction.SENDING_RESUMED, by)


def waiting(connection: Connection) -> int:
    """How many messages are not finished."""
    return connection.scalar(select(func.count()).select_from(Queued)) or 0


def _about(words: str) -> Select[str]:
    """The ids of the messages to this address, or with these words in their subject."""
    if "@" in words:
        return select(Recipient.message.label("id")).where(Recipient.address == words).distinct()
    newest = select(Message.id, Message.subject).order_by(Message.id.desc()).limit(SEARCHED)
    found = newest.subquery()
    return select(found.c.id).where(found.c.subject.icontains(words, autoescape=True))


def _note(session: Session, action: AuditAction, by: Actor, message: str = "") -> None:
    changes = {"message": (None, message)} if message else {}
    audit.record(session, action, actor=by.name, address=by.address, changes=changes)


def _locked(connection: Connection, message: str) -> Row[MessageState, str, int]:
    columns = (Message.state, Message.sender, Message.size)
    row = connection.execute(
        select(*columns).where(Message.id == message).with_for_update()
    ).first()
    if row is None:
        raise NoSuchMessage
    return row


def _has_body(connection: Connection, message: str) -> bool:
    first = select(Body.part).where(Body.message == message).limit(1)
    return connection.execute(first).first() is not None


def _people(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        select(Recipient.message, Recipient.address)
        .where(Recipient.message.in_(ids))
        .order_by(Recipient.message, Recipient.number)
    )
    for message, address in rows:
        found.setdefault(message, []).append(address)
    return found


def _attempts(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    counted = (
        select(Attempt.message, func.count())
        .where(Attempt.message.in_(ids))
        .group_by(Attempt.message)
    )
    return dict(connection.execute(counted).all())
