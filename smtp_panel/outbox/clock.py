"""What a clock that was set wrong has put off for too long comes back in time (SPEC M4, M5)."""

from __future__ import annotations

import datetime

from sqlalchemy import Connection, select, update

from smtp_panel.outbox import limits, retry, volume
from smtp_panel.outbox.claims import in_order
from smtp_panel.outbox.model import Message, Pause, Queued, id_time

STEP = datetime.timedelta(seconds=5)  # that the time of day and the other clock drift apart


class TimeOfDay:
    """Watches whether somebody sets the time of day, which is compared with a clock of seconds."""

    def __init__(self) -> None:
        self._began: datetime.datetime | None = None  # the time of day when the clock was at 0

    def is_set(self, now: datetime.datetime, seconds: float) -> bool:
        """Whether it was set since the last `note`; before the first nobody knows, so that it was.

        It is `now`, and `seconds` by the clock.
        """
        began = now - datetime.timedelta(seconds=seconds)
        return self._began is None or abs(began - self._began) > STEP

    def note(self, now: datetime.datetime, seconds: float) -> None:
        """Note that all is done which follows from it."""
        self._began = now - datetime.timedelta(seconds=seconds)


def draw_near(connection: Connection, now: datetime.datetime) -> None:
    """Let nothing wait at `now` for a time that will not come so soon, by a clock that was ahead.

    What it has accepted is due, unless it is to be sent later by the word of whoever brought it.
    What was put off waits no longer than anything is put off.
    """
    accepted = select(Message.id).where(
        Message.id == Queued.id, Message.created_at > now, Message.send_at == Message.created_at
    )
    fresh = Queued.id > id_time(now), Queued.tried_at.is_(None), accepted.exists()
    far = Queued.tried_at.is_not(None), Queued.due > now + retry.FURTHEST
    put_off = Queued.id.in_(select(Queued.id).where(*far))
    for each in (fresh, [put_off]):  # each as few as there are: many more are to be sent later
        too_late = in_order(Queued.owner.is_(None), Queued.due > now, *each)
        connection.execute(update(Queued).where(Queued.id.in_(too_late)).values(due=now))
    volume.draw_near(connection, now)
    connection.execute(update(Pause).where(Pause.until > now + retry.FURTHEST).values(until=now))
    full_too_long = update(Pause).where(Pause.full_until > now + volume.LONGEST)
    connection.execute(full_too_long.values(full_since=None, full_until=None))
    limits.draw_near(connection, now)
