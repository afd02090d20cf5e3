"""The tables of the schedules: what is sent when to whom, and how each run went."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.schedules.rules import (
    LONGEST_CRON,
    LONGEST_HEADER,
    LONGEST_SCHEDULE_NAME,
    LONGEST_ZONE,
)
from smtp_panel.schedules.timing import Timing
from smtp_panel.settings.rules.web_address import LONGEST_URL
from smtp_panel.storage import ADDRESS, Base, UTCDateTime


class ScheduleState(StrEnum):
    """Whether a schedule runs at its times, rests, or failed several times in a row."""

    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"


class ScheduleRunState(StrEnum):
    """How far a run is. An accepted one has its message in the outbox, which tells the rest."""

    WAITING = "waiting"
    RUNNING = "running"
    ACCEPTED = "accepted"
    FAILED = "failed"


class Schedule(Base):
    """Content that goes to `recipients` when `cron` in `zone` says so.

    It comes from the host's function of the name `function`, or else from `url`; a request there
    has the `header` with a secret, where there is one. `next_at` is None while it is paused, and
    where it is never due again. `failures` counts the runs in a row that failed, `version` what was
    saved of it, the first included; `changed_by` saved the last change.
    """

    __tablename__ = "schedule"
    __table_args__ = (Index("ix_schedule_next_at", "next_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_SCHEDULE_NAME))
    function: Mapped[str] = mapped_column(String(LONGEST_SCHEDULE_NAME))
    url: Mapped[str] = mapped_column(String(LONGEST_URL))
    header: Mapped[str] = mapped_column(String(LONGEST_HEADER))
    secret_encrypted: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(String(LONGEST_SCHEDULE_NAME))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    cron: Mapped[str] = mapped_column(String(LONGEST_CRON))
    zone: Mapped[str] = mapped_column(String(LONGEST_ZONE))
    next_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    paused_by: Mapped[str | None] = mapped_column(String(ADDRESS))
    paused_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(ADDRESS))
    created_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    changed_by: Mapped[str | None] = mapped_column(String(ADDRESS))
    changed_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)

    @property
    def timing(self) -> Timing:
        """When it is due."""
        return Timing(self.cron, self.zone)


class ScheduleRun(Base):
    """One time that a schedule was due, or that somebody (`by`) ran it.

    Whoever makes it has it until `lease_until`, after which another may; `claims` counts them.
    `error` is why it failed, a text for translation with its values; `message` the id of what it
    put into the outbox.
    """

    __tablename__ = "schedule_run"
    __table_args__ = (
        UniqueConstraint("schedule", "due_at"),  # two schedulers run nothing twice
        Index(
            "ix_schedule_run_open",
            "due_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    due_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    by: Mapped[str | None] = mapped_column(String(ADDRESS))
    began_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    claims: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    message: Mapped[str | None] = mapped_column(String(32))

    @property
    def progress(self) -> ScheduleRunState:
        """How far it is."""
        if self.ended_at:
            return ScheduleRunState.FAILED if self.error else ScheduleRunState.ACCEPTED
        return ScheduleRunState.RUNNING if self.began_at else ScheduleRunState.WAITING
