"""What mail needs and has an end: certificates, and the client secret of OAuth (SPEC W6)."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel.net.certificates import end_of
from smtp_panel.settings.fields import CLIENT_SECRET, in_use, unused
from smtp_panel.settings.rules import certificates_in
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.values import Service
from smtp_panel.status.model import NodeStatus
from smtp_panel.storage import Base, KnownOf, UTCDateTime, locked_row

DAYS_AHEAD = (1, 7, 30)  # when an end is announced
NAME = 255  # characters


class EndingKind(StrEnum):
    """What ends."""

    SERVER = "server"
    PINNED = "pinned"
    AUTHORITY = "ca_pem"
    CLIENT_SECRET = CLIENT_SECRET


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of something that mail needs.

    `name` is of whom a certificate is, or the client ID.
    """

    what: EndingKind
    name: str
    at: datetime.datetime

    def days_left(self, now: datetime.datetime) -> int:
        """Whole days from `now` to the end, negative once it is over."""
        return (self.at - now) // datetime.timedelta(days=1)

    def facts(self, now: datetime.datetime) -> dict[str, Any]:
        """What programs are told of it; times by RFC 3339."""
        left = self.days_left(now)
        return {"what": self.what, "name": self.name, "at": self.at.isoformat(), "days_left": left}

    def announced_as(self, now: datetime.datetime) -> int | None:
        """Which of DAYS_AHEAD has begun, the last of them; None where none has."""
        left = self.at - now
        return next((days for days in DAYS_AHEAD if left <= datetime.timedelta(days=days)), None)


class AnnouncedEnding(Base):
    """That an end was announced, for the last time so many `days` ahead."""

    __tablename__ = "ending_announced"

    what: Mapped[EndingKind] = mapped_column(KnownOf(EndingKind, 20), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME), primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(UTCDateTime, primary_key=True)
    days: Mapped[int | None]


def calendar(saved: Saved, nodes: Collection[NodeStatus], now: datetime.datetime) -> list[Ending]:
    """What ends, or has ended, of all that mail by the `saved` settings needs, the soonest first.

    What the server shows is known by the last checks of `nodes`.
    """
    known = {*_in_settings(saved), *_of_servers(saved, nodes, now)}
    return sorted(known, key=lambda each: (each.at, each.what, each.name))


def endings(saved: Saved, nodes: Collection[NodeStatus], now: datetime.datetime) -> list[Ending]:
    """That of the calendar which ends within 30 days, or has ended."""
    return [each for each in calendar(saved, nodes, now) if each.announced_as(now)]


def announce(session: Session, found: Collection[Ending], now: datetime.datetime) -> list[Ending]:
    """Those of `found` that are to be announced now: each 30, 7 and 1 days ahead, and never twice.

    That they were is noted in the transaction of `session`.
    """
    return [each for each in found if _is_news(session, each, now)]


def _is_news(session: Session, ending: Ending, now: datetime.datetime) -> bool:
    days, key = ending.announced_as(now), (ending.what, ending.name[:NAME], ending.at)
    if days is None:
        return False
    row = locked_row(session, AnnouncedEnding, key, lambda: _never_announced(ending))
    news = row.days is None or days < row.days
    row.days = days if news else row.days
    return news


def _never_announced(ending: Ending) -> AnnouncedEnding:
    return AnnouncedEnding(what=ending.what, name=ending.name[:NAME], at=ending.at, days=None)


def _in_settings(saved: Saved) -> Iterator[Ending]:
    """The ends that the settings tell, of those of them that are in use."""
    if saved.service is Service.DEFAULT:
        return
    if saved.client_secret_ends and in_use(CLIENT_SECRET, vars(saved)):
        day = datetime.datetime.fromisoformat(saved.client_secret_ends)
        yield Ending(EndingKind.CLIENT_SECRET, saved.client_id, day.replace(tzinfo=datetime.UTC))
    for what in {EndingKind.PINNED, EndingKind.AUTHORITY}.difference(unused(saved)):
        for each in certificates_in(getattr(saved, what)):
            if at := end_of(each.not_after):
                yield Ending(what, each.subject, at)


def _of_servers(
    saved: Saved, nodes: Collection[NodeStatus], now: datetime.datetime
) -> Iterator[Ending]:
    """The end of what the mail server has shown, unless it is over: no check passes then."""
    if saved.pinned and "pinned" not in unused(saved):
        return
    for node in nodes:
        at = node.certificate_ends
        if at and at > now and node.is_of_settings_in_force:
            yield Ending(EndingKind.SERVER, node.certificate_of, at)
