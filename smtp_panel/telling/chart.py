"""The chart of what was sent, failed and waited, over a day or a month (SPEC M6)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from smtp_panel.outbox.tally import Span, hour_of, spans
from smtp_panel.telling.language import day

HEIGHT = 100.0
WIDTH = 10.0  # of a span: two bars and the gaps
BAR = 4.0
HOURS, DAYS = 24, 30


class Period(StrEnum):
    """The last 24 hours, or the last 30 days."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the chart, in its units; `kind` is `sent`, `failed` or `waiting`."""

    kind: str
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The spans of a period with their names, and the bars of them, the highest being `most`."""

    period: Period
    spans: Sequence[Span]
    names: Sequence[str]
    most: int
    bars: Sequence[Bar]

    @property
    def width(self) -> float:
        """Of the whole."""
        return WIDTH * len(self.spans)

    @property
    def sent(self) -> int:
        """How many messages were sent."""
        return sum(span.sent for span in self.spans)

    @property
    def failed(self) -> int:
        """How many messages failed."""
        return sum(span.failed for span in self.spans)

    @property
    def waiting(self) -> int:
        """The most that waited at once."""
        return max(span.waiting for span in self.spans)


def chart_of(connection: Connection, period: Period, now: datetime.datetime, waiting: int) -> Chart:
    """The chart of `period` up to `now`, when so many messages are `waiting`.

    It is in the reader's language; the times are UTC.
    """
    found = spans(connection, list(_starts(period, now)))
    found[-1].waiting = max(found[-1].waiting, waiting)
    most = max(max(span.sent + span.failed, span.waiting) for span in found)
    names = [f"{each.start:%H:%M}" if period is Period.DAY else day(each.start) for each in found]
    return Chart(period, found, names, most, list(_bars(found, most)) if most else [])


def _starts(period: Period, now: datetime.datetime) -> Iterator[datetime.datetime]:
    if period is Period.DAY:
        last, count, step = hour_of(now), HOURS, datetime.timedelta(hours=1)
    else:
        last, count, step = hour_of(now).replace(hour=0), DAYS, datetime.timedelta(days=1)
    for back in range(count - 1, -1, -1):
        yield last - back * step


def _bars(found: Sequence[Span], most: int) -> Iterator[Bar]:
    """For each span what was sent with what failed on top of it, and beside them what waited."""
    for number, span in enumerate(found):
        left = WIDTH * number + 0.5
        sent, failed, waiting = (
            HEIGHT * count / most for count in (span.sent, span.failed, span.waiting)
        )
        yield from _bar("sent", left, HEIGHT - sent, sent)
        yield from _bar("failed", left, HEIGHT - sent - failed, failed)
        yield from _bar("waiting", left + BAR + 0.5, HEIGHT - waiting, waiting)


def _bar(kind: str, x: float, y: float, height: float) -> Iterator[Bar]:
    if height:
        yield Bar(kind, round(x, 2), round(y, 2), round(height, 2))
