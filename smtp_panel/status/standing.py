"""How mail stands: what the nodes have found, and whether what waits can leave (SPEC W3, W7)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.model import Pause, Queued
from smtp_panel.status.model import LEASE, NodeStatus
from smtp_panel.storage import utcnow

COUNTED = 10_000  # messages that wait; whether there are more is told, and not how many
_WAITING = (
    select(func.count())
    .select_from(select(Queued.id).limit(COUNTED + 1).subquery())
    .scalar_subquery()
)
_STANDING = (
    select(NodeStatus, Pause.failures, Pause.since, Pause.diagnosis, _WAITING.label("waiting"))
    .select_from(Pause)
    .outerjoin(NodeStatus, NodeStatus.seen_at > bindparam("since"))
    .order_by(NodeStatus.since)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The nodes that are alive, the one broken longest first, and how many messages `waiting`.

    Where the service fails at real mail, `failing_since` says since when, and `failure` why. Of
    more than COUNTED messages that wait it is one more.
    """

    nodes: list[NodeStatus]
    waiting: int
    failing_since: datetime.datetime | None
    failure: Diagnosis | None


def standing(session: Session, now: datetime.datetime | None = None) -> Standing:
    """How mail stands: one cheap query, however many messages there are."""
    rows = session.execute(_STANDING, {"since": (now or utcnow()) - LEASE}).all()
    nodes = [row.NodeStatus for row in rows if row.NodeStatus]
    queue = rows[0]
    return Standing(
        nodes=sorted(nodes, key=lambda node: not node.broken),
        waiting=queue.waiting,
        failing_since=queue.since if queue.failures else None,
        failure=Diagnosis.from_json(queue.diagnosis) if queue.failures else None,
    )
