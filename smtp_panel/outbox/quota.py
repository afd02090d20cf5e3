"""How much an account may still send, counted over all workers (SPEC M5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from sqlalchemy import Connection, func, select

from smtp_panel.outbox import claims, pause, volume
from smtp_panel.outbox.claims import Taken
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.model import Queued

_IN_HAND = select(
    func.count(), func.coalesce(func.sum(func.json_array_length(Queued.recipients)), 0)
).where(Queued.owner.is_not(None))


@dataclass(frozen=True, slots=True)
class Quotas:
    """The `most` that `account` may send, in an hour and in a day."""

    account: str = ""
    most: Mapping[LimitKind, Limit] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.most)


@dataclass(slots=True)
class Room:
    """How many recipients, or messages, are `left` of quotas of so many at `most`."""

    most: Mapping[LimitKind, Limit]
    left: dict[LimitKind, int]

    def has_place(self, recipients: int) -> bool:
        """Whether a message to so many may go.

        One to more than a quota has at all would wait for ever: it goes once the quota is whole.
        """
        return all(
            left > 0 and (used <= left or left == self.most[kind].value)
            for kind, left, used in self._used_by(recipients)
        )

    def take(self, recipients: int) -> bool:
        """Whether a message to so many may go, which has its place then."""
        goes = self.has_place(recipients)
        if goes:
            self.left = {kind: left - used for kind, left, used in self._used_by(recipients)}
        return goes

    def _used_by(self, recipients: int) -> Iterator[tuple[LimitKind, int, int]]:
        """What is left of each quota, and what a message to so many uses up of it."""
        for kind, left in self.left.items():
            yield kind, left, self.most[kind].counts(messages=1, recipients=recipients)


def room(connection: Connection, quotas: Quotas, now: datetime.datetime) -> Room:
    """What is left of `quotas`: what workers have in hand is as good as sent."""
    sent = volume.volumes(connection, quotas.account, now)
    messages, recipients = connection.execute(_IN_HAND).one()
    left = {}
    for kind, most in quotas.most.items():
        used = most.counts(
            messages=sent[kind].messages + messages, recipients=sent[kind].recipients + recipients
        )
        left[kind] = max(0, most.value - used)
    return Room(quotas.most, left)


def room_to_claim(connection: Connection, quotas: Quotas, now: datetime.datetime) -> Room | None:
    """The same, None without a quota; nobody else finds any before the transaction has ended."""
    if not quotas:
        return None
    pause.lock(connection)
    return room(connection, quotas, now)


def claim(
    connection: Connection, worker: str, most: int, now: datetime.datetime, within: Room | None
) -> list[Taken]:
    """Take up to `most` messages that are due, in their order, as far as there is room."""
    if within and not within.has_place(1):
        return []
    found = claims.claim(connection, worker, most, now)
    if within is None:
        return found
    placed = list(takewhile(lambda each: within.take(each.recipients), found))
    claims.give_back(connection, worker, found[len(placed) :])
    return placed


def full_until(
    connection: Connection,
    quotas: Quotas,
    now: datetime.datetime,
    known: datetime.datetime | None,
) -> datetime.datetime | None:
    """Until when the message that is due first waits for a quota; None where it does not.

    What is `known` is not reckoned again before that time has come.
    """
    recipients = claims.first_due(connection, now) if quotas else None
    if recipients is None:
        return None
    left = room(connection, quotas, now)
    if left.has_place(recipients):
        return None
    if known and known > now:
        return known
    return max(
        volume.falls_below(
            connection,
            quotas.account,
            kind,
            max(1, most.value - most.counts(messages=1, recipients=recipients) + 1),
            now,
            of_messages=most.of_messages,
        )
        for kind, most in quotas.most.items()
    )
