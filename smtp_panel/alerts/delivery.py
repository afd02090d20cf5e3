"""Which alert is told next, by whom, and when it is tried again (SPEC W8).

They are told in their order, and each by one process at a time.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from smtp_panel.alerts.event import Event
from smtp_panel.alerts.model import WORDS, Alert

FIRST_PAUSE = datetime.timedelta(seconds=5)
LONGEST_PAUSE = datetime.timedelta(hours=1)
TRIED_FOR = datetime.timedelta(days=3)
FORGOTTEN_AFTER = datetime.timedelta(days=30)
LEASE = datetime.timedelta(seconds=60)  # far longer than an attempt takes


@dataclass(frozen=True, slots=True)
class Claimed:
    """An alert that nobody else tells before its lease is over; it is this attempt of so many."""

    id: int
    key: str
    event: Event
    attempt: int


def new_key() -> str:
    """A key by which a receiver knows that it was told the same before."""
    return f"msg_{secrets.token_urlsafe(16)}"


def add(session: Session, event: Event) -> None:
    """Have `event` told, once the transaction of `session` is committed; forget the oldest."""
    session.execute(delete(Alert).where(Alert.at < event.at - FORGOTTEN_AFTER))
    session.add(
        Alert(
            key=new_key(),
            type=event.type,
            at=event.at,
            facts=event.facts.to_json(),
            due=event.at,
        )
    )


def claim(session: Session, now: datetime.datetime) -> Claimed | None:
    """Take the oldest alert that is not told yet, for LEASE; None where it is not due."""
    oldest = select(Alert).where(Alert.due.is_not(None)).order_by(Alert.id).limit(1)
    alert = session.scalar(_locked(oldest))
    if alert is None or alert.due is None or alert.due > now:
        return None
    alert.due = now + LEASE
    alert.attempts += 1
    return Claimed(alert.id, alert.key, alert.event, alert.attempts)


def finish(session: Session, claimed: Claimed, why: str, now: datetime.datetime) -> None:
    """Note that an alert was told, or `why` not; nothing where somebody else has taken it since."""
    own = select(Alert).where(Alert.id == claimed.id, Alert.attempts == claimed.attempt)
    alert = session.scalar(_locked(own))
    if alert is None:
        return
    alert.why = why[:WORDS]
    if not why:
        alert.due, alert.told_at = None, now
    else:
        alert.due = now + pause(claimed.attempt) if now - alert.at < TRIED_FOR else None


def pause(attempts: int) -> datetime.timedelta:
    """How long until an alert is tried again that was not taken so many times, at least once."""
    doubled: datetime.timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_PAUSE)


def _locked(alerts: Select[Alert]) -> Select[Alert]:
    return alerts.with_for_update().execution_options(populate_existing=True)
