"""What the server took of an account in the last minute, hour and day (SPEC M5).

It is counted by slots of ten seconds, over all workers, in the transaction that says of a message
that it was taken. A day has so few of them that it is quickly summed up, however much was sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Dialect, case, delete, func, select

from smtp_panel.outbox.limit_model import LimitKind, Volume
from smtp_panel.storage.bulk import Ready
from smtp_panel.storage.upsert import Upsert

SLOT_SECONDS = 10
SLOT = datetime.timedelta(seconds=SLOT_SECONDS)
# A quota's window is a slot longer, so that none of what it counts has left already.
WINDOWS = {
    LimitKind.PER_MINUTE: datetime.timedelta(minutes=1),
    LimitKind.PER_HOUR: datetime.timedelta(hours=1) + SLOT,
    LimitKind.PER_DAY: datetime.timedelta(days=1) + SLOT,
}
LONGEST = max(WINDOWS.values())
_COUNT = Upsert(
    Volume,
    lambda new: {
        "messages": Volume.messages + new.messages,
        "recipients": Volume.recipients + new.recipients,
    },
)


class SentMail(NamedTuple):
    """A message, or several, that the server took of `account` at this moment.

    They were for so many `recipients` together.
    """

    account: str
    at: datetime.datetime
    recipients: int
    messages: int = 1


class Sent(NamedTuple):
    """How many messages were taken in a time, for how many recipients together."""

    messages: int
    recipients: int


def count(connection: Connection, taken: Iterable[SentMail]) -> None:
    """Count what the server took."""
    ready(connection.dialect, taken).execute(connection)


def ready(dialect: Dialect, taken: Iterable[SentMail]) -> Ready:
    """What counts what the server took."""
    slots: dict[tuple[str, datetime.datetime], list[SentMail]] = {}
    for each in taken:
        slots.setdefault((each.account, slot_of(each.at)), []).append(each)
    rows = [
        {
            "account": account,
            "slot": slot,
            "messages": sum(each.messages for each in of_it),
            "recipients": sum(each.recipients for each in of_it),
        }
        for (account, slot), of_it in sorted(slots.items())  # in one order: no deadlock
    ]
    return _COUNT.ready(dialect, rows)


def volumes(
    connection: Connection, account: str, now: datetime.datetime
) -> Mapping[LimitKind, Sent]:
    """What was taken up to `now` in the last minute, hour and day."""
    sums = [
        func.coalesce(func.sum(case((Volume.slot > now - window, counted), else_=0)), 0)
        for window in WINDOWS.values()
        for counted in (Volume.messages, Volume.recipients)
    ]
    of_it = select(*sums).where(Volume.account == account, Volume.slot > now - LONGEST)
    found = map(int, connection.execute(of_it).one())
    return {kind: Sent(next(found), next(found)) for kind in WINDOWS}


def falls_below(
    connection: Connection,
    account: str,
    kind: LimitKind,
    most: int,
    now: datetime.datetime,
    *,
    of_messages: bool = False,
) -> datetime.datetime:
    """When fewer than `most` are counted of what was taken up to `now`, if nothing more is.

    Recipients are counted, or messages where it is `of_messages`.
    """
    window = WINDOWS[kind]
    counted = Volume.messages if of_messages else Volume.recipients
    slots = select(Volume.slot, counted).where(
        Volume.account == account, Volume.slot > now - window
    )
    so_far = 0
    for slot, more in connection.execute(slots.order_by(Volume.slot.desc())):
        so_far += more
        if so_far >= most:
            return slot + window
    return now


def forget(connection: Connection, now: datetime.datetime) -> None:
    """Forget what no window reaches any more."""
    connection.execute(delete(Volume).where(Volume.slot <= now - LONGEST))


def draw_near(connection: Connection, now: datetime.datetime) -> None:
    """Count as taken `now` what a clock that was ahead has counted for later."""
    later = delete(Volume).where(Volume.slot > now)
    columns = (Volume.account, Volume.messages, Volume.recipients)
    rows = connection.execute(later.returning(*columns)).all()
    count(connection, [SentMail(row.account, now, row.recipients, row.messages) for row in rows])


def slot_of(moment: datetime.datetime) -> datetime.datetime:
    """The beginning of the slot of `moment`."""
    second = moment.second - moment.second % SLOT_SECONDS
    return moment.replace(second=second, microsecond=0)
