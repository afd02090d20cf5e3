"""How mail stands: what the nodes have found, and whether what waits can leave (SPEC W3, W7)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.model import Pause, Queued
from smtp_panel.status.model import FORGOTTEN_AFTER, NodeStatus
from smtp_panel.storage import utcnow

COUNTED = 10_000  # messages that wait; whether there are more is told, and not how many
_WAITING = (
    select(func.count())
    .select_from(select(Queued.id).limit(COUNTED + 1).subquery())
    .scalar_subquery()
)
_STANDING = (
    select(
        NodeStatus,
        Pause.failures,
        Pause.since,
        Pause.diagnosis,
        Pause.held_by,
        Pause.held_at,
        _WAITING.label("waiting"),
    )
    .select_from(Pause)
    .outerjoin(NodeStatus, NodeStatus.seen_at > bindparam("since"))
    .order_by(NodeStatus.since)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The nodes that are alive, the one broken longest first, and how many messages `waiting`.

    `gone` are nodes that were alive within FORGOTTEN_AFTER, which warn nobody. Where the service
    fails at real mail, `failing_since` says since when, and `failure` why. Where an admin has
    paused sending, `held_by` and `held_at` say who and when. Of more than COUNTED messages that
    wait it is one more.
    """

    nodes: list[NodeStatus]
    gone: list[NodeStatus]
    waiting: int
    failing_since: datetime.datetime | None
    failure: Diagnosis | None
    held_by: str | None
    held_at: datetime.datetime | None


def standing(session: Session, now: datetime.datetime | None = None) -> Standing:
    """How mail stands: one cheap query, however many messages there are."""
    now = now or utcnow()
    rows = session.execute(_STANDING, {"since": now - FORGOTTEN_AFTER}).all()
    nodes = [row.NodeStatus for row in rows if row.NodeStatus]
    alive = [node for node in nodes if node.is_alive(now)]
    queue = rows[0]
    return Standing(
        nodes=sorted(alive, key=lambda node: not node.broken),
        gone=[node for node in nodes if not node.is_alive(now)],
        waiting=queue.waiting,
        failing_since=queue.since if queue.failures else None,
        failure=Diagnosis.from_json(queue.diagnosis) if queue.failures else None,
        held_by=queue.held_by,
        held_at=queue.held_at,
    )
