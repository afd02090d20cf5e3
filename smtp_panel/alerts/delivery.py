"""Which alert is told next, by whom, and when it is tried again (SPEC W8).

Each is told by one process at a time, and of one receiver in their order.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from smtp_panel.alerts.event import AlertEvent, UnreadableEvent
from smtp_panel.alerts.model import WEBHOOK, Alert
from smtp_panel.telling.language import ENGLISH
from smtp_panel.words import N_, Said, Sentence

FIRST_PAUSE = datetime.timedelta(seconds=5)
LONGEST_PAUSE = datetime.timedelta(hours=1)
TRIED_FOR = datetime.timedelta(days=3)
FORGOTTEN_AFTER = datetime.timedelta(days=30)
UNWANTED = "Mail worked again before, or who was to be told wants it no more."
UNREADABLE = N_("It was stored by another version, and this one can't read it.")
LEASE = datetime.timedelta(seconds=60)  # far longer than an attempt takes


@dataclass(frozen=True, slots=True)
class ClaimedAlert:
    """An alert that nobody else tells before its lease is over; `attempt` counts this one too."""

    id: int
    key: str
    event: AlertEvent
    recipient: str
    language: str
    attempt: int


def new_key() -> str:
    """A key by which a receiver knows that it was told the same before."""
    return f"msg_{secrets.token_urlsafe(16)}"


def add(
    session: Session, event: AlertEvent, recipient: str = WEBHOOK, language: str = ENGLISH
) -> None:
    """Have `event` told to a receiver, once the transaction of `session` is committed."""
    session.add(
        Alert(
            key=new_key(),
            type=event.type,
            at=event.at,
            facts=event.facts.to_json(),
            recipient=recipient,
            language=language,
            due=event.at,
        )
    )


def forget(session: Session, now: datetime.datetime) -> None:
    """Delete the alerts of long ago."""
    session.execute(delete(Alert).where(Alert.at < now - FORGOTTEN_AFTER))


def keep_mail(session: Session, wanted_by: Collection[str]) -> None:
    """Tell of what waits only the admins with these addresses, which may be none."""
    by_mail = Alert.recipient != WEBHOOK, Alert.due.is_not(None)
    others = update(Alert).where(*by_mail, Alert.recipient.not_in(wanted_by))
    session.execute(others.values(due=None, why=UNWANTED))


def claim(session: Session, now: datetime.datetime) -> ClaimedAlert | None:
    """Take an alert that is due, for LEASE; of one receiver the oldest goes before the others.

    One that can't be read is given up, so that it keeps no other back.
    """
    while alert := _next(session, now):
        try:
            event = alert.event
        except UnreadableEvent:
            alert.due, alert.why = None, Sentence(UNREADABLE)
            continue
        alert.due = now + LEASE
        alert.attempts += 1
        return ClaimedAlert(
            alert.id, alert.key, event, alert.recipient, alert.language, alert.attempts
        )
    return None


def finish(session: Session, claimed: ClaimedAlert, why: Said, now: datetime.datetime) -> None:
    """Note that an alert was told, or `why` not; nothing where somebody else has taken it since."""
    own = select(Alert).where(Alert.id == claimed.id, Alert.attempts == claimed.attempt)
    alert = session.scalar(_locked(own))
    if alert is None:
        return
    alert.why = why
    if not why:
        alert.due, alert.told_at = None, now
    else:
        alert.due = now + pause_after(claimed.attempt) if now - alert.at < TRIED_FOR else None


def pause_after(attempts: int) -> datetime.timedelta:
    """How long until an alert is tried again that was not taken so many times, at least once."""
    doubled: datetime.timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_PAUSE)


def _next(session: Session, now: datetime.datetime) -> Alert | None:
    """The alert that is to be told now, locked; of one receiver the oldest.

    One that is due later than any pause takes was put off by a clock that was ahead.
    """
    first = select(func.min(Alert.id)).where(Alert.due.is_not(None)).group_by(Alert.recipient)
    is_due = or_(Alert.due <= now, Alert.due > now + LONGEST_PAUSE)
    due = select(Alert).where(Alert.id.in_(first), is_due)
    return session.scalar(_locked(due.order_by(Alert.due, Alert.id).limit(1)))


def _locked(alerts: Select[Alert]) -> Select[Alert]:
    return alerts.with_for_update().execution_options(populate_existing=True)
