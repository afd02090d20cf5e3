"""What was told last, and the alerts that are to be told."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.alerts.event import AlertEvent, AlertType, Outage, UnreadableEvent
from smtp_panel.storage import ADDRESS, Base, OnlyRow, SaidText, UTCDateTime
from smtp_panel.telling.language import ENGLISH
from smtp_panel.words import Said

KEY = 40  # characters
TYPE = 20  # characters
WORDS = 200  # characters
KIND = 40  # characters
LANGUAGE = 16  # characters
WEBHOOK = ""  # in place of the address of a recipient


class ToldLast(OnlyRow, Base):
    """What was told last: that mail works, or is broken, with the facts of the `outage`.

    They are there by language. Since `differs_since` that is not so any more, which is not told
    before it has stood a while.
    """

    __tablename__ = "alert_watch"

    outage: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    differs_since: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)


class Alert(Base):
    """An event that a receiver is told of, under `key`, at `due`, until it was `told_at` a moment.

    The receiver is the webhook, or where there is a `recipient` the admin with that address, who
    reads the facts in `language`. `attempts` counts how often it was tried, and `why` says what the
    last one has met; `due` is None once it was told, or was given up.
    """

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_due", "due"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY), unique=True)
    type: Mapped[str] = mapped_column(String(TYPE))
    at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    recipient: Mapped[str] = mapped_column(String(ADDRESS), default=WEBHOOK)
    language: Mapped[str] = mapped_column(String(LANGUAGE), default=ENGLISH)
    due: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    why: Mapped[Said] = mapped_column(SaidText(WORDS), default="")

    @property
    def event(self) -> AlertEvent:
        """What is told; raises UnreadableEvent."""
        try:
            return AlertEvent(AlertType(self.type), self.at, Outage.from_json(self.facts))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableEvent from error


class DeclinedNotice(Base):
    """An admin does not want notices of a `kind`, which is the id of a kind of mail."""

    __tablename__ = "notice_declined"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(KIND), primary_key=True)
