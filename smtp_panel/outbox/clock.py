"""What a clock that was set wrong has put off for too long comes back in time (SPEC M4, M5)."""

from __future__ import annotations

import datetime

from sqlalchemy import Connection, or_, select, update

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
    """Let nothing wait for longer than it may at `now`, by a time that will never come so soon.

    Not what is to be sent later by the word of whoever accepted it.
    """
    accepted_later = select(Message.id).where(
        Message.id == Queued.id, Message.created_at > now, Message.send_at == Message.created_at
    )
    far = Queued.owner.is_(None), Queued.due > now + FURTHEST
    ours = or_(Queued.tried_at.is_not(None), accepted_later.exists())
    connection.execute(update(Queued).where(*far, ours).values(due=now))
    connection.execute(update(Pause).where(Pause.until > now + FURTHEST).values(until=now))
    volume.draw_near(connection, now)
    limits.draw_near(connection, now)
    full_too_long = update(Pause).where(Pause.full_until > now + volume.LONGEST)
    connection.execute(full_too_long.values(full_since=None, full_until=None))
