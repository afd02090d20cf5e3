"""How many messages came to which end, and how many waited, hour by hour (SPEC M6, A7)."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Dialect, case, delete, func, select

from smtp_panel.outbox.model import DIAGNOSIS, Depth, MessageState, Tally
from smtp_panel.storage.bulk import Ready
from smtp_panel.storage.upsert import Upsert

MessageEnd = tuple[
    datetime.datetime, MessageState, str
]  # when, which, and the id of a diagnosis or ""

KEPT = datetime.timedelta(days=40)  # hour by hour; no chart goes back so far
LONG_AGO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # the hour of all that was before

_COUNT = Upsert(Tally, lambda new: {"messages": Tally.messages + new.messages})
_DEEPEST = Upsert(
    Depth,
    lambda new: {
        "messages": case((Depth.messages < new.messages, new.messages), else_=Depth.messages)
    },
)


def count(connection: Connection, ends: Iterable[MessageEnd]) -> None:
    """Count messages that have come to an end, in the transaction that says so of each."""
    ready(connection.dialect, ends).execute(connection)


def ready(dialect: Dialect, ends: Iterable[MessageEnd]) -> Ready:
    """What counts messages that have come to an end."""
    counted = Counter((hour_of(at), state, why[:DIAGNOSIS]) for at, state, why in ends)
    rows = [
        {"hour": hour, "state": state, "diagnosis": why, "messages": messages}
        for (hour, state, why), messages in sorted(counted.items())  # in one order: no deadlock
    ]
    return _COUNT.ready(dialect, rows)


def note_depth(connection: Connection, waiting: int, now: datetime.datetime) -> None:
    """Note that so many messages wait, where it is more than were seen to in this hour."""
    _DEEPEST.execute(connection, [{"hour": hour_of(now), "messages": waiting}])


def fold(connection: Connection, now: datetime.datetime) -> None:
    """Count what is older than KEPT as one figure each, so that what is summed up stays short."""
    known = Tally.state.in_(list(MessageState))
    old = delete(Tally).where(Tally.hour > LONG_AGO, Tally.hour < now - KEPT, known)
    sums: Counter[tuple[MessageState | None, str]] = Counter()
    for row in connection.execute(old.returning(Tally.state, Tally.diagnosis, Tally.messages)):
        sums[row.state, row.diagnosis] += row.messages
    rows = [
        {"hour": LONG_AGO, "state": state, "diagnosis": why, "messages": messages}
        for (state, why), messages in sums.items()
    ]
    if rows:
        _COUNT.execute(connection, rows)
    connection.execute(delete(Depth).where(Depth.hour < now - KEPT))


@dataclass(slots=True)
class Span:
    """What happened in the time that began at `start`.

    How many messages were `sent` and `failed`, and the most that were seen to be `waiting` at once.
    """

    start: datetime.datetime
    sent: int = 0
    failed: int = 0
    waiting: int = 0


def spans(connection: Connection, starts: Sequence[datetime.datetime]) -> list[Span]:
    """The spans that begin at these hours, in their order; each ends where the next one begins."""
    found = [Span(start) for start in starts]
    ended = (
        select(Tally.hour, Tally.state, func.sum(Tally.messages).label("messages"))
        .where(Tally.hour >= starts[0], Tally.state.in_([MessageState.SENT, MessageState.FAILED]))
        .group_by(Tally.hour, Tally.state)
    )
    for hour, state, messages in connection.execute(ended):
        span = found[bisect_right(starts, hour) - 1]
        if state is MessageState.SENT:
            span.sent += int(messages)
        else:
            span.failed += int(messages)
    depths = select(Depth.hour, Depth.messages).where(Depth.hour >= starts[0])
    for hour, waiting in connection.execute(depths):
        span = found[bisect_right(starts, hour) - 1]
        span.waiting = max(span.waiting, waiting)
    return found


def hour_of(moment: datetime.datetime) -> datetime.datetime:
    """The beginning of the hour of `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)
