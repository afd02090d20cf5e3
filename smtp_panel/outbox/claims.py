"""Who has which message in hand, so that no two workers send the same one (SPEC M3).

A claim is good while its worker lives. A worker that was given up, because it showed no sign of
life, finds at the end of its work that the token is no longer its own, and changes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    select,
    union_all,
    update,
)

from smtp_panel.outbox.enqueue import PART, MailObject
from smtp_panel.outbox.journal import Claim
from smtp_panel.outbox.model import Body, Lane, MessageState, Queued

_GOES = {lane.value: place for place, lane in enumerate(Lane)}


def _due(*, locked: bool) -> CompoundSelect[tuple[str]]:
    """The ids of those that are due and in nobody's hand: lane by lane, the oldest first.

    Each lane is asked by itself, for so many alone, so that an index leads to them.
    """
    most = bindparam("most", type_=Integer)
    lanes = []
    for lane in Lane:
        waiting = Queued.owner.is_(None), Queued.lane == lane.value, Queued.due <= bindparam("now")
        oldest = select(Queued.id).where(*waiting).order_by(Queued.due, Queued.id).limit(most)
        found = oldest.with_for_update(skip_locked=True) if locked else oldest
        lanes.append(found.subquery().select())
    return union_all(*lanes).limit(most)


# Read once, whatever the planner thinks: a subquery it may run again, and take more than the limit.
_PICK = _due(locked=True).cte("pick").prefix_with("MATERIALIZED")
_TAKE = (
    update(Queued)
    .values(owner=bindparam("worker"), token=Queued.token + 1, claims=Queued.claims + 1)
    .returning(
        Queued.lane,
        Queued.due,
        Queued.id,
        Queued.token,
        func.json_array_length(Queued.recipients),
        Queued.claims,
    )
)
_CLAIM = {
    "postgresql": _TAKE.where(Queued.id == _PICK.c.id),
    "sqlite": _TAKE.where(Queued.id.in_(_due(locked=False))),  # locks as a whole
}
_IN_HAND = (
    select(
        Queued.id,
        Queued.lane,
        Queued.sender,
        Queued.recipients,
        Queued.settled,
        Queued.size,
        Queued.tried_at,
        Queued.expires_at,
        Queued.token,
        Queued.claims,
        Body.octets,
    )
    .outerjoin(Body, and_(Body.message == Queued.id, Body.part == 0))
    .where(Queued.id.in_(bindparam("ids", expanding=True)), Queued.owner == bindparam("worker"))
)
_PART = select(Body.octets).where(Body.message == bindparam("id"), Body.part == bindparam("number"))
_FIRST_DUE = _due(locked=False)
_FIRST_RECIPIENTS = select(func.json_array_length(Queued.recipients)).where(
    Queued.id == _FIRST_DUE.scalar_subquery()
)
_OWNED = (
    select(Queued.id, Queued.token)
    .where(Queued.owner == bindparam("worker"), Queued.id.in_(bindparam("ids", expanding=True)))
    .order_by(Queued.id)  # no deadlock
    .with_for_update()
)
_GIVE_BACK = (
    update(Queued)
    .where(
        Queued.id == bindparam("message"),
        Queued.owner == bindparam("worker"),
        Queued.token == bindparam("by"),
    )
    .values(
        owner=None,
        claims=Queued.claims - bindparam("free"),
        due=func.coalesce(bindparam("later", type_=Queued.due.type), Queued.due),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message in the hand of a worker, by the claim `token`.

    `recipients` are those that wait, by number, or where it goes `in_parts` those of them who are
    next; `settled` is the worst that became of those before. `claims` counts this one and those
    before it that came to no end. `octets` is None of a message that has more than one part, which
    is read as it is sent.
    """

    id: str
    token: int
    claims: int
    sender: str
    recipients: Mapping[int, str]
    settled: MessageState | None
    size: int
    tried_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    octets: bytes | None = field(repr=False)
    in_parts: bool = False

    @property
    def claim(self) -> Claim:
        """What the journal knows it by."""
        return self.id, self.token


def newborn(mail: MailObject) -> Claimed:
    """A message that is in hand from the moment on that it is stored."""
    return Claimed(
        id=mail.id,
        token=1,
        claims=1,
        sender=mail.sender,
        recipients=dict(enumerate(mail.recipients)),
        settled=None,
        size=len(mail.octets),
        tried_at=None,
        expires_at=mail.expires_at,
        octets=mail.octets if len(mail.octets) <= PART else None,
    )


class Taken(NamedTuple):
    """What is to be known at once of a message that was claimed, for so many `recipients`.

    `claims` are as those of Claimed.
    """

    lane: int
    due: datetime.datetime
    id: str
    token: int
    recipients: int
    claims: int


def claim(connection: Connection, worker: str, most: int, now: datetime.datetime) -> list[Taken]:
    """Take up to `most` messages that are due at `now`, the urgent first and then the oldest.

    One of which a claim came to no end is taken by itself: it may be what others end with too.
    """
    asked = {"worker": worker, "now": now, "most": most}
    rows = connection.execute(_CLAIM[connection.dialect.name], asked)
    found = sorted(map(Taken._make, rows), key=lambda each: (_GOES[each.lane], each[1:]))
    together = list(takewhile(lambda each: each.claims == 1, found)) or found[:1]
    give_back(connection, worker, found[len(together) :])
    return together


def read(connection: Connection, worker: str, taken: Sequence[Taken]) -> list[Claimed]:
    """All of what was claimed and is still in the hand of `worker`, in the same order.

    That is for after the transaction, for whose end others wait.
    """
    ids = [each.id for each in taken]
    rows = connection.execute(_IN_HAND, {"ids": ids, "worker": worker}) if ids else ()
    found = {row.id: _claimed(row, row.octets or b"") for row in rows}
    return [found[each] for each in ids if each in found]


def has_due(connection: Connection, now: datetime.datetime) -> bool:
    """Whether any message is due at `now` that nobody has in hand."""
    return connection.scalar(_FIRST_DUE, {"now": now, "most": 1}) is not None


def first_due(connection: Connection, now: datetime.datetime) -> int | None:
    """How many recipients the message has that would be claimed first; None where none is due."""
    return connection.scalar(_FIRST_RECIPIENTS, {"now": now, "most": 1})


def read_part(connection: Connection, message: str, number: int) -> bytes:
    """A part of the octets of a message."""
    return connection.execute(_PART, {"id": message, "number": number}).scalar_one()


def owned(connection: Connection, worker: str, claims: Collection[Claim]) -> set[Claim]:
    """Those of `claims` by which `worker` still has a message in hand.

    They are locked until the end of the transaction.
    """
    ids = [message for message, _ in claims]
    rows = connection.execute(_OWNED, {"worker": worker, "ids": ids})
    return {(message, token) for message, token in rows}.intersection(claims)


def in_order(*where: ColumnElement[bool]) -> Select[str]:
    """Those in the queue for which that is so, locked one after the other by id: no deadlock."""
    return select(Queued.id).where(*where).order_by(Queued.id).with_for_update()


def held(connection: Connection, worker: str) -> list[Claimed]:
    """What a worker has in hand, without octets; locked until the end of the transaction."""
    mine = select(*Queued.__table__.columns).where(Queued.owner == worker)
    rows = connection.execute(mine.order_by(Queued.id).with_for_update())  # no deadlock
    return [_claimed(row, b"") for row in rows]


def give_back(
    connection: Connection,
    worker: str,
    claimed: Sequence[Claimed | Taken],
    later: datetime.datetime | None = None,
    *,
    counts: bool = False,
) -> None:
    """Let others have what was claimed, as if nobody had tried it; not before `later`.

    Where that `counts`, they came to no end.
    """
    free = 0 if counts else 1
    rows = [
        {"message": c.id, "worker": worker, "by": c.token, "later": later, "free": free}
        for c in claimed
    ]
    if rows:
        connection.execute(_GIVE_BACK, rows)


def _claimed(row: Any, octets: bytes) -> Claimed:
    return Claimed(
        id=row.id,
        token=row.token,
        claims=row.claims,
        sender=row.sender,
        recipients=dict(row.recipients),
        settled=row.settled,
        size=row.size,
        tried_at=row.tried_at,
        expires_at=row.expires_at,
        octets=octets if len(octets) == row.size else None,
        in_parts=row.lane == Lane.PARTS.value,
    )
