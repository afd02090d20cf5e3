"""What was sent in the last minute, hour and day, against what the server lets through (M5)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from smtp_panel.outbox import account_limits, volume
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.limit_model import QUOTAS, LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.volume import Sent

NEAR = 0.8  # of a limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What was `sent` in the last `span`.

    Messages count in a minute, and recipients in an hour or a day, unless the `limit` is one of
    messages; it is None where none is known. `goes_on_at` is when there is room again for mail that
    waits for a quota.
    """

    span: str
    sent: int
    limit: Limit | None
    of_messages: bool
    goes_on_at: datetime.datetime | None = None

    @property
    def kind(self) -> LimitKind:
        """The kind of limit that it shows."""
        return account_limits.SPANS[self.span]

    def facts(self) -> dict[str, Any]:
        """The same as data for programs."""
        limit = self.limit
        return {
            "sent": self.sent,
            "counts": "messages" if self.of_messages else "recipients",
            "limit": limit.value if limit else None,
            "kept": limit is not None and limit.is_kept,
            "varies": limit is not None and limit.varies,
            "documented_by": limit.documented_by if limit else "",
            "source": limit.source if limit else "",
            "server_says": limit.says if limit else "",
            "goes_on_at": self.goes_on_at,
        }

    @property
    def part(self) -> float:
        """How much of the limit is used up, from 0 to 1; 0 where there is none."""
        return min(1.0, self.sent / self.limit.value) if self.limit else 0.0

    @property
    def is_near(self) -> bool:
        """Whether little is left of a quota that is kept to; a speed is nothing to be short of."""
        kept = self.kind in QUOTAS and self.limit is not None and self.limit.is_kept
        return kept and self.part >= NEAR


def gauges(connection: Connection, account: Account, now: datetime.datetime) -> list[Gauge]:
    """The gauges of `account`: of the minute, the hour and the day."""
    limits = account_limits.in_force(connection, account, now)
    sent = volume.volumes(connection, account.key, now)
    found = [
        _gauge(span, sent[kind], limits.get(kind)) for span, kind in account_limits.SPANS.items()
    ]
    return [replace(each, goes_on_at=_room_again(connection, account, each, now)) for each in found]


def _gauge(span: str, sent: Sent, limit: Limit | None) -> Gauge:
    of_messages = account_limits.SPANS[span] not in QUOTAS or (
        limit is not None and limit.of_messages
    )
    count = sent.messages if of_messages else sent.recipients
    return Gauge(span=span, sent=count, limit=limit, of_messages=of_messages)


def _room_again(
    connection: Connection, account: Account, gauge: Gauge, now: datetime.datetime
) -> datetime.datetime | None:
    limit = gauge.limit
    if limit is None or not limit.is_kept or gauge.kind not in QUOTAS or gauge.sent < limit.value:
        return None
    return volume.falls_below(
        connection, account.key, gauge.kind, limit.value, now, of_messages=limit.of_messages
    )
