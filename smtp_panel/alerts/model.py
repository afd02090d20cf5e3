"""What was told last, and the alerts that are to be told."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.alerts.event import Event, EventType, Facts
from smtp_panel.storage import Base, UTCDateTime, enum_column

ONLY_ROW = 1
KEY = 40  # characters
WORDS = 200  # characters
KIND = 40  # characters


class Watch(Base):
    """What was told last: that mail works, or is broken, with the facts of the `outage`.

    Since `differs_since` that is not so any more, which is not told before it has stood a while.
    """

    __tablename__ = "alert_watch"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outage: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    differs_since: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)


class Alert(Base):
    """An event that the webhook is told of, under `key`: at `due`, until it was `told_at` a moment.

    It has been tried so many `attempts`; `due` is None once it was told, or was given up. `why` it
    was not told is what the last attempt has met.
    """

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_due", "due"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY), unique=True)
    type: Mapped[EventType] = mapped_column(enum_column(EventType, 20))
    at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    due: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(String(WORDS), default="")

    @property
    def event(self) -> Event:
        """What is told."""
        return Event(self.type, self.at, Facts.from_json(self.facts))


class Declined(Base):
    """An admin does not want notices of a `kind`, which is the id of a kind of mail."""

    __tablename__ = "notice_declined"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(KIND), primary_key=True)
