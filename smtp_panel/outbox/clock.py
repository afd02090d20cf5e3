"""What a clock that was set wrong has put off for too long comes back in time (SPEC M4, M5)."""

from __future__ import annotations

import datetime

from sqlalchemy import Connection, and_, or_, select, update

from smtp_panel.outbox import limits, retry, volume
from smtp_panel.outbox.model import Message, Pause, Queued

STEP = datetime.timedelta(seconds=5)  # that the time of day and the other clock drift apart
FURTHEST = retry.LONGEST * (1 + retry.JITTER)  # that anything is put off, in the right time


class TimeOfDay:
    """Watches whether somebody sets the time of day, which is compared with a clock of seconds."""

    def __init__(self) -> None:
        self._began: datetime.datetime | None = None  # the time of day when the clock was at 0

    def is_set(self, now: datetime.datetime, seconds: float) -> bool:
        """Whether it was set since the last look; at the first look nobody knows, so that it was.

        It is `now`, and `seconds` by the clock.
        """
        began, before = now - datetime.timedelta(seconds=seconds), self._began
        self._began = began
        return before is None or abs(began - before) > STEP


def draw_near(connection: Connection, now: datetime.datetime) -> None:
    """Let nothing wait at `now` for a time that will not come so soon, by a clock that was ahead.

    What it has accepted is due, unless it is to be sent later by the word of whoever brought it.
    What was put off waits no longer than anything is put off.
    """
    accepted = select(Message.id).where(
        Message.id == Queued.id, Message.created_at > now, Message.send_at == Message.created_at
    )
    fresh = Queued.tried_at.is_(None), accepted.exists()
    put_off = Queued.tried_at.is_not(None), Queued.due > now + FURTHEST
    free = update(Queued).where(Queued.owner.is_(None), Queued.due > now)
    connection.execute(free.where(or_(and_(*fresh), and_(*put_off))).values(due=now))
    connection.execute(update(Pause).where(Pause.until > now + FURTHEST).values(until=now))
    volume.draw_near(connection, now)
    limits.draw_near(connection, now)
    full_too_long = update(Pause).where(Pause.full_until > now + volume.LONGEST)
    connection.execute(full_too_long.values(full_since=None, full_until=None))
