"""When a node checks again: by how often it should, and sooner while mail is broken (SPEC W5)."""

from __future__ import annotations

import datetime
import zlib

from sqlalchemy.orm import Session

from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import utcnow

CHECKS_SECONDS = 1.5  # after which a node sees that others have saved
SOONER_SECONDS = 60.0  # from the first check that does not pass to the next
GRACE_SECONDS = 120.0  # after which a check that has not begun is overdue
SPREAD = 0.1  # a pause is up to this part of it shorter or longer


def is_due(
    session: Session, node: str, seconds: float, now: datetime.datetime | None = None
) -> bool:
    """Whether `node`, which should check every `seconds`, is to check now.

    It is where it knows nothing of the settings in force, or has last checked at a moment that is
    still to come, by a clock that was set right since; and never while a check is under way.
    """
    now = now or utcnow()
    status = session.get(NodeStatus, node)
    if status is None:
        return True
    if status.is_checking(now):
        return False
    known = status.is_of_settings_in_force and status.checked_at <= now
    return not known or now >= next_check(status, seconds)


def is_overdue(status: NodeStatus, seconds: float, now: datetime.datetime) -> bool:
    """Whether the node of `status` should have begun to check long before `now`."""
    grace = datetime.timedelta(seconds=GRACE_SECONDS)
    return not status.is_checking(now) and now > next_check(status, seconds) + grace


def next_check(status: NodeStatus, seconds: float) -> datetime.datetime:
    """When the node of `status` checks the same settings again, at most after about `seconds`.

    While they are not known to work, a pause is as long as that has been so, and at least
    SOONER_SECONDS: each is twice the one before. Nodes that have checked together drift apart.
    """
    if status.found is not Health.HEALTHY:
        known_for = (status.checked_at - status.since).total_seconds()
        seconds = min(seconds, max(SOONER_SECONDS, known_for))
    return after_about(seconds, status.checked_at, status.node)


def after_about(seconds: float, moment: datetime.datetime, whose: str) -> datetime.datetime:
    """About so many `seconds` after `moment`: it differs from one to another, and every time."""
    share = zlib.crc32(f"{whose} {moment.isoformat()}".encode()) / 2**32
    return moment + datetime.timedelta(seconds=seconds * (1 + SPREAD * (2 * share - 1)))
