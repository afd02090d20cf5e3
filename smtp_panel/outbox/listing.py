"""The messages of the outbox in lists, which stay fast with a million of them (SPEC M6)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, SQLColumnExpression, func, select, union, union_all

from smtp_panel.outbox.model import Attempt, Lane, Message, MessageState, Queued, Recipient
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.rules.names import domain_name

NAMED = 100  # recipients of one message that a list names
MOST_SENDERS = 20
ADDRESS_ALONE = re.compile(r"(?:[^<]*<)?\s*([^\s<>@]+@[^\s<>@]+)\s*>?")  # or with a name before it
COUNTED = 100_000  # messages that wait; of more it is told that there are so many
LOOKED_AT = 1000  # messages, for the one that has waited longest
SEARCHED = 20_000  # messages that are looked through: for a subject, or those to one address

_COLUMNS = (
    Message.id,
    Message.state,
    Message.created_at,
    Message.sender,
    Message.subject,
    Message.recipients,
    Queued.due,
    Queued.owner,
)
Rows = Select[*tuple[Any, ...]]

_CHOSEN: Rows = select(*_COLUMNS)
_ALL = _CHOSEN.select_from(Message).outerjoin(Queued, Queued.id == Message.id)
_QUEUED = _CHOSEN.select_from(Queued).join(Message, Message.id == Queued.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMessage:
    """A message in a list.

    `recipients` are the first NAMED of `recipient_count`; `instead` is, for those in whose place
    staging had it go elsewhere, where. `attempts` counts those that were made to hand it over.
    """

    id: str
    state: MessageState
    created_at: datetime.datetime
    due: datetime.datetime | None
    sender: str
    subject: str
    recipients: Sequence[str]
    recipient_count: int
    instead: Mapping[str, str]
    attempts: int


def listed(
    connection: Connection,
    *,
    state: MessageState | None = None,
    about: str = "",
    before: str = "",
    after: str = "",
    most: int = 50,
) -> list[ListedMessage]:
    """The newest messages, at most so many, newest first; those in `state`, where it is given.

    With the id `before` those next older than it, and with `after` those next newer. `about` is the
    address of a recipient, or a part of the subject; of the messages to that address, or of all,
    the newest SEARCHED are looked through.
    """
    in_queue = state in {MessageState.WAITING, MessageState.SENDING}
    key: SQLColumnExpression[str] = Queued.id if in_queue else Message.id
    rows = _in(state, few=bool(about))
    if to := ADDRESS_ALONE.fullmatch(about):
        looked_through = SEARCHED if state else most
        each = [
            _beside(_to(address), Recipient.message, before, after, looked_through).subquery()
            for address in _spellings(to[1])
        ]
        chosen = union(*(found.select() for found in each)).subquery()
        rows, key = rows.join(chosen, chosen.c.message == key), chosen.c.message
    elif about:
        chosen = _named(about).subquery()
        rows, key = rows.join(chosen, chosen.c.id == key), chosen.c.id
    found = connection.execute(_beside(rows, key, before, after, most)).all()
    return _listed(connection, found[::-1] if after else found)


def handed_over(connection: Connection, most: int) -> list[ListedMessage]:
    """Of the newest SEARCHED messages the newest that programs brought with an API key."""
    newest = select(Message.id, Message.key_id).order_by(Message.id.desc()).limit(SEARCHED)
    found = newest.subquery()
    chosen = select(found.c.id).where(found.c.key_id.is_not(None)).subquery()
    rows = _ALL.join(chosen, chosen.c.id == Message.id)
    return _listed(connection, connection.execute(_beside(rows, Message.id, "", "", most)).all())


def senders_lately(connection: Connection) -> list[str]:
    """The addresses that the newest SEARCHED messages are from, those of most messages first."""
    newest = select(Message.sender).order_by(Message.id.desc()).limit(SEARCHED).subquery()
    often = select(newest.c.sender).group_by(newest.c.sender).order_by(func.count().desc())
    return list(connection.scalars(often.where(newest.c.sender != "").limit(MOST_SENDERS)))


def waiting(connection: Connection, most: int = COUNTED) -> int:
    """How many messages are not finished; they are counted up to `most`."""
    first = select(Queued.id).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(first)) or 0


def waits_since(connection: Connection, now: datetime.datetime) -> datetime.datetime | None:
    """When the oldest message was due that waits at `now`, first; None where none waits.

    In each lane those LOOKED_AT are looked at that are tried next, and as many that are in hand.
    """
    lanes = [
        select(Queued.id)
        .where(Queued.owner.is_(None), Queued.lane == lane.value)
        .order_by(Queued.due)
        .limit(LOOKED_AT)
        .subquery()
        .select()
        for lane in Lane
    ]
    in_hand = select(Queued.id).where(Queued.owner.is_not(None)).limit(LOOKED_AT).subquery()
    ids = union_all(*lanes, in_hand.select())
    due = select(func.min(Message.send_at)).where(Message.id.in_(ids), Message.send_at <= now)
    return connection.scalar(due)


def _in(state: MessageState | None, *, few: bool) -> Rows:
    """The messages in `state`, each kind by an index that has no others.

    Not where a `few` are chosen already: by that index all in this state would be gone through.
    """
    if state is None:
        return _ALL
    if state is MessageState.WAITING:
        return _QUEUED.where(Queued.owner.is_(None))
    if state is MessageState.SENDING:
        in_hand = select(Queued.id).where(Queued.owner.is_not(None))  # by an index of few
        return _QUEUED.where(Queued.id.in_(in_hand))
    if few:
        return _ALL.where(func.coalesce(Message.state, "") == state)  # which no index has
    return _ALL.where(Message.state == state, Message.finished_at.is_not(None))


def _beside(
    rows: Rows,
    key: SQLColumnExpression[str],
    before: str,
    after: str,
    most: int,
) -> Rows:
    """Of `rows` the newest by `key`, or the newest `before` one, or the oldest `after` one."""
    if after:
        return rows.where(key > after).order_by(key).limit(most)
    if before:
        rows = rows.where(key < before)
    return rows.order_by(key.desc()).limit(most)


def _spellings(address: str) -> Sequence[str]:
    """As a recipient's `address` may have been written; its domain is stored in ASCII."""
    local, _, domain = address.rpartition("@")
    with suppress(Refused):
        domain = domain_name(domain)
    return list(dict.fromkeys((address, f"{local}@{domain}")))


def _to(address: str) -> Rows:
    """The messages to this address, in capital or small letters as the database knows them."""
    to: Rows = select(Recipient.message).where(func.lower(Recipient.address) == func.lower(address))
    return to.group_by(Recipient.message)


def _named(words: str) -> Rows:
    """The newest messages with these words in their subject."""
    subjects = select(Message.id, Message.subject).order_by(Message.id.desc()).limit(SEARCHED)
    found = subjects.subquery()
    named: Rows = select(found.c.id).where(found.c.subject.icontains(words, autoescape=True))
    return named


def _listed(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ListedMessage]:
    ids = [row.id for row in rows]
    people, attempts = _people(connection, ids), _attempts(connection, ids)
    return [
        ListedMessage(
            id=row.id,
            state=MessageState.SENDING if row.owner else row.state,
            created_at=row.created_at,
            due=row.due,
            sender=row.sender,
            subject=row.subject,
            recipients=[*people.get(row.id, ())],
            recipient_count=row.recipients,
            instead={to: place for to, place in people.get(row.id, {}).items() if place},
            attempts=attempts.get(row.id, 0),
        )
        for row in rows
    ]


def _people(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Of each message the first recipients, and where it went instead."""
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        select(Recipient.message, Recipient.address, Recipient.instead)
        .where(Recipient.message.in_(ids), Recipient.number < NAMED)
        .order_by(Recipient.message, Recipient.number)
    )
    for message, address, instead in rows:
        found.setdefault(message, {})[address] = instead
    return found


def _attempts(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    counted = (
        select(Attempt.message, func.count())
        .where(Attempt.message.in_(ids))
        .group_by(Attempt.message)
    )
    return dict(connection.execute(counted).all())
