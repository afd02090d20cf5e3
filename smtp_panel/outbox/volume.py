"""What the server took of an account in the last minute, hour and day (SPEC M5).

It is counted by slots of ten seconds, over all workers, in the transaction that says of a message
that it was taken. A day has so few of them that it is quickly summed up, however much was sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, case, delete, func, select

from smtp_panel.outbox.limit_model import LimitKind, Volume
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
_COUNTED = {
    LimitKind.PER_MINUTE: Volume.messages,
    LimitKind.PER_HOUR: Volume.recipients,
    LimitKind.PER_DAY: Volume.recipients,
}
_COUNT = Upsert(
    Volume,
    lambda new: {
        "messages": Volume.messages + new.messages,
        "recipients": Volume.recipients + new.recipients,
    },
)


class Taken(NamedTuple):
    """A message, or several, that the server took of `account` at this moment.

    They were for so many `recipients` together.
    """

    account: str
    at: datetime.datetime
    recipients: int
    messages: int = 1


def count(connection: Connection, taken: Iterable[Taken]) -> None:
    """Count what the server took."""
    slots: dict[tuple[str, datetime.datetime], list[Taken]] = {}
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
    _COUNT.execute(connection, rows)


def volumes(
    connection: Connection, account: str, now: datetime.datetime
) -> Mapping[LimitKind, int]:
    """What was taken up to `now`: messages in the last minute, recipients in an hour and a day."""
    sums = [
        func.coalesce(func.sum(case((Volume.slot > now - window, _COUNTED[kind]), else_=0)), 0)
        for kind, window in WINDOWS.items()
    ]
    of_it = select(*sums).where(Volume.account == account, Volume.slot > now - LONGEST)
    return dict(zip(WINDOWS, map(int, connection.execute(of_it).one()), strict=True))


def falls_below(
    connection: Connection, account: str, kind: LimitKind, most: int, now: datetime.datetime
) -> datetime.datetime:
    """When fewer than `most` are counted of what was taken up to `now`, if nothing more is."""
    window = WINDOWS[kind]
    slots = select(Volume.slot, _COUNTED[kind]).where(
        Volume.account == account, Volume.slot > now - window
    )
    counted = 0
    for slot, more in connection.execute(slots.order_by(Volume.slot.desc())):
        counted += more
        if counted >= most:
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
    count(connection, [Taken(row.account, now, row.recipients, row.messages) for row in rows])


def slot_of(moment: datetime.datetime) -> datetime.datetime:
    """The beginning of the slot of `moment`."""
    second = moment.second - moment.second % SLOT_SECONDS
    return moment.replace(second=second, microsecond=0)
