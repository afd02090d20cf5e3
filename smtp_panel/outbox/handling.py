"""What people do with the queue: send again, cancel, pause (SPEC M6)."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.outbox import limits, pause, tally
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.account_limits import in_force
from smtp_panel.outbox.history import REPEATABLE, NoSuchMessage, has_body
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.model import Body, Lane, Message, MessageState, Queued, Recipient
from smtp_panel.storage import utcnow

AT_ONCE = 100  # messages that are handled by one word
TOKENS = 2**30  # to begin with; there are as many again to go up to

Handling = Callable[[Session, str, Actor], MessageState]

_UNCERTAIN = (
    select(Message.id)
    .where(Message.state == MessageState.UNCERTAIN, Message.finished_at.is_not(None))
    .order_by(Message.id)
    .limit(AT_ONCE)
)


class NotPossible(Exception):
    """A message can't be handled so in its `state`."""

    def __init__(self, state: MessageState) -> None:
        super().__init__(f"The message is {state}")
        self.state = state


class ContentGone(NotPossible):
    """A message can't be sent again, for its octets are no longer kept."""


def resend(session: Session, message: str, by: Actor) -> MessageState:
    """Send a message again to those who do not have it, or may not have it; gives its state.

    Raises NoSuchMessage, NotPossible for one that was sent or is still to be sent, and ContentGone.
    """
    connection = session.connection()
    found = _locked(connection, message)
    if found.state not in REPEATABLE:
        raise NotPossible(found.state)
    if not has_body(connection, message):
        raise ContentGone(found.state)
    of_it = Recipient.message == message
    people = select(Recipient.number, Recipient.address, Recipient.state).where(of_it)
    rows = connection.execute(people.order_by(Recipient.number)).all()
    again = [row for row in rows if (row.state or found.state) is not MessageState.SENT]
    not_sent = or_(Recipient.state.is_(None), Recipient.state != MessageState.SENT)
    connection.execute(
        update(Recipient).where(of_it, not_sent).values(state=None, says="", instead="")
    )
    itself = update(Message).where(Message.id == message)
    connection.execute(itself.values(state=MessageState.WAITING, finished_at=None, diagnosis=None))
    queued = {
        "id": message,
        "lane": Lane.NORMAL.value,
        "due": utcnow(),
        "sender": found.sender,
        "recipients": [(row.number, row.address) for row in again],
        "settled": MessageState.SENT if len(again) < len(rows) else None,
        "size": found.size,
        "expires_at": found.expires_at,
        "token": secrets.randbelow(TOKENS),  # so that no mark of an earlier claim is of a new one
    }
    connection.execute(insert(Queued).values(queued))
    _note(session, AuditAction.MESSAGE_RESENT, by, message)
    return MessageState.WAITING


def count_as_sent(session: Session, message: str, by: Actor) -> MessageState:
    """Let those who may have a message be said to have it; gives its state.

    It is sent then, unless it failed for others. Raises NoSuchMessage, and NotPossible for one that
    is not uncertain.
    """
    connection = session.connection()
    found = _locked(connection, message)
    if found.state is not MessageState.UNCERTAIN:
        raise NotPossible(found.state)
    of_it = update(Recipient).where(Recipient.message == message)
    unknown = or_(Recipient.state.is_(None), Recipient.state == MessageState.UNCERTAIN)
    connection.execute(of_it.where(unknown).values(state=MessageState.SENT))
    fates = select(Recipient.state).where(Recipient.message == message).distinct()
    failed = MessageState.FAILED in connection.scalars(fates).all()
    state, now = MessageState.FAILED if failed else MessageState.SENT, utcnow()
    itself = update(Message).where(Message.id == message)
    connection.execute(itself.values(state=state, finished_at=now))
    if not failed:
        connection.execute(delete(Body).where(Body.message == message))
    tally.count(connection, [(now, state, "")])
    _note(session, AuditAction.MESSAGE_COUNTED_AS_SENT, by, message)
    return state


def uncertain(connection: Connection) -> int:
    """How many messages are uncertain, up to AT_ONCE."""
    return len(connection.scalars(_UNCERTAIN).all())


# What can be done with messages that are uncertain.
DECISIONS: Mapping[str, Handling] = {"resend": resend, "count-as-sent": count_as_sent}


def each_uncertain(session: Session, handle: Handling, by: Actor) -> None:
    """Do so with the oldest AT_ONCE of the messages that are uncertain.

    Those that somebody else decides about at this moment are left to them.
    """
    chosen = _UNCERTAIN.with_for_update(skip_locked=True)
    for message in session.connection().scalars(chosen).all():
        handle(session, message, by)


def cancel(session: Session, message: str, by: Actor) -> MessageState:
    """Send a message no more to those who do not have it yet; gives its state.

    Raises NoSuchMessage, and NotPossible for one that is being sent or does not wait.
    """
    connection = session.connection()
    free = delete(Queued).where(Queued.id == message, Queued.owner.is_(None))
    is_out = connection.execute(free).rowcount
    found = _locked(connection, message)
    if not is_out:
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
    return MessageState.CANCELLED


def hold(session: Session, by: Actor) -> None:
    """Send nothing until `release`; what is accepted meanwhile waits."""
    pause.hold(session.connection(), by.name, utcnow())
    _note(session, AuditAction.SENDING_PAUSED, by)


def release(session: Session, by: Actor) -> None:
    """Send again after `hold`."""
    pause.release(session.connection())
    _note(session, AuditAction.SENDING_RESUMED, by)


def lift_limit(session: Session, account: Account, kind: LimitKind, by: Actor) -> None:
    """Keep to a limit no more, which may be no longer the server's; nothing where there is none."""
    connection, now = session.connection(), utcnow()
    limit = in_force(connection, account, now).get(kind)
    if limit is None or not limit.is_kept:
        return
    pause.forget_full(connection)
    limits.lift(connection, account.key, kind, limit, by=by.name, now=now)
    _note_limit(session, AuditAction.LIMIT_LIFTED, by, kind, limit)


def keep_limit(session: Session, account: Account, kind: LimitKind, by: Actor) -> None:
    """Keep to a limit again, after `lift_limit`; nothing where it was not lifted."""
    connection = session.connection()
    limit = in_force(connection, account, utcnow()).get(kind)
    if limit is None or not limit.lifted_by:
        return
    limits.keep_again(connection, account.key, kind)
    _note_limit(session, AuditAction.LIMIT_KEPT, by, kind, limit)


def _note_limit(
    session: Session, action: AuditAction, by: Actor, kind: LimitKind, limit: Limit
) -> None:
    lifted = action is AuditAction.LIMIT_LIFTED
    change = (limit.value, None) if lifted else (None, limit.value)
    audit.record(session, action, by, changes={f"limit_{kind}": change})


def _note(session: Session, action: AuditAction, by: Actor, message: str = "") -> None:
    changes = {"message": (None, message)} if message else {}
    audit.record(session, action, by, changes=changes)


def _locked(
    connection: Connection, message: str
) -> Row[MessageState, str, int, datetime.datetime | None]:
    columns = (Message.state, Message.sender, Message.size, Message.expires_at)
    row = connection.execute(
        select(*columns).where(Message.id == message).with_for_update()
    ).first()
    if row is None:
        raise NoSuchMessage
    return row
