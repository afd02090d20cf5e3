"""What the mail server said the last time to each sender address of the installation."""

from __future__ import annotations

import datetime
import secrets
from typing import Any

from sqlalchemy import JSON, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel.check.senders import SenderAnswer
from smtp_panel.storage import ADDRESS, ONLY_ROW, Base, OnlyRow, UTCDateTime, locked_row, utcnow


class SendersAsked(OnlyRow, Base):
    """When the server was asked last, by whom and where from, and its `answers` as JSON data.

    `token` is another one each time, so that who asked earlier writes nothing any more. Until
    `ended_at`, but not after `ends_by`, it is under way.
    """

    __tablename__ = "senders_asked"

    token: Mapped[str] = mapped_column(String(32))
    settings_version: Mapped[int]
    server: Mapped[str] = mapped_column(String(253))
    by: Mapped[str] = mapped_column(String(ADDRESS))
    node: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    ends_by: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    @property
    def under_way(self) -> bool:
        """Whether more answers are to be expected."""
        return self.ended_at is None and utcnow() < self.ends_by

    def told(self) -> dict[str, SenderAnswer]:
        """The answers so far, by address."""
        found = map(SenderAnswer.from_json, self.answers)
        return {each.address: each for each in found}


def last_asked(session: Session) -> SendersAsked | None:
    """The last time that the server was asked; None where it never was."""
    return session.get(SendersAsked, ONLY_ROW, populate_existing=True)


def begin(session: Session, **about: Any) -> str:
    """Forget the answers of before, for it is asked anew; returns the token to answer with."""
    token = secrets.token_urlsafe(16)
    fresh = {"token": token, "started_at": utcnow(), "ended_at": None, "answers": []}
    anew = {**about, **fresh}
    row = locked_row(session, SendersAsked, ONLY_ROW, lambda: SendersAsked(id=ONLY_ROW, **anew))
    for name, value in anew.items():
        setattr(row, name, value)
    return token


def answer(
    session: Session, token: str, answers: list[SenderAnswer], ended_at: datetime.datetime | None
) -> None:
    """Write the answers so far, unless it was asked anew meanwhile."""
    row = update(SendersAsked).where(SendersAsked.token == token)
    found = [each.to_json() for each in answers]
    session.execute(row.values(answers=found, ended_at=ended_at))
