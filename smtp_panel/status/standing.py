"""How mail stands: what the nodes have found, and whether what waits can leave (SPEC W3, W7)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, inspect, select, true, union_all
from sqlalchemy.orm import Session

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.outbox import staging
from smtp_panel.outbox.model import (
    Attempt,
    Lane,
    Message,
    MessageState,
    Pause,
    Queued,
    StagingSwitch,
)
from smtp_panel.outbox.pause import FULL_AGAIN
from smtp_panel.outbox.staging import Staging
from smtp_panel.status.model import FORGOTTEN_AFTER, Health, NodeStatus
from smtp_panel.storage import utcnow

COUNTED = 10_000  # messages that wait; whether there are more is told, and not how many
# What has been due for so long, and nothing was tried meanwhile, is sent by nobody.
IDLE_AFTER = datetime.timedelta(minutes=5)

_WAITING = (
    select(func.count())
    .select_from(select(Queued.id).limit(COUNTED + 1).subquery())
    .scalar_subquery()
)
_DUE = [
    select(func.min(Queued.due))
    .where(Queued.owner.is_(None), Queued.lane == lane.value)
    .scalar_subquery()
    .label(f"due_{lane.value}")
    for lane in Lane
]
_TRIED = select(Attempt.at).order_by(Attempt.id.desc()).limit(1).scalar_subquery()
_LAST_OF_EACH = [
    select(Message.state, Message.finished_at, Message.diagnosis)
    .where(Message.state == state)
    .where(Message.finished_at <= bindparam("now"))  # others were written by a clock that was ahead
    .order_by(Message.finished_at.desc())
    .limit(1)
    .subquery()
    .select()
    for state in (MessageState.SENT, MessageState.FAILED)
]
_ENDS = union_all(*_LAST_OF_EACH).subquery()
_LAST = select(_ENDS).order_by(_ENDS.c.finished_at.desc()).limit(1).subquery()
_NODE = [each.key for each in inspect(NodeStatus).column_attrs]
_STANDING = (
    select(
        *(getattr(NodeStatus, name).label(f"node_{name}") for name in _NODE),
        Pause.failures,
        Pause.since,
        Pause.diagnosis,
        Pause.held_by,
        Pause.held_at,
        Pause.full_since,
        Pause.full_until,
        _WAITING.label("waiting"),
        _TRIED.label("tried_at"),
        *_DUE,
        _LAST.c.state.label("end"),
        _LAST.c.finished_at.label("ended_at"),
        _LAST.c.diagnosis.label("why"),
        *staging.COLUMNS,
    )
    .select_from(Pause)
    .join(StagingSwitch, true())
    .outerjoin(_LAST, true())
    .outerjoin(NodeStatus, NodeStatus.seen_at > bindparam("since"))
    .order_by(NodeStatus.since)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The nodes that are alive, the one broken longest first, and how many messages `waiting`.

    `gone` are nodes that were alive within FORGOTTEN_AFTER, which warn nobody. Where the service
    fails at real mail, `failing_since` says since when, and `failure` why. Where an admin has
    paused sending, `held_by` and `held_at` say who and when. Where what waits has to wait for a
    quota, `full_since` and `full_until` say from when to when. `idle_since` is when the oldest
    message was due where nobody sends any. Where the last message that was sent or given up was
    given up, and no check has passed since, `given_up_at` says when, and `given_up` why. Of more
    than COUNTED messages that wait it is one more. `staging` is where everything goes, None where
    it goes to its recipients.
    """

    nodes: list[NodeStatus]
    gone: list[NodeStatus]
    waiting: int
    failing_since: datetime.datetime | None
    failure: Diagnosis | None
    held_by: str | None
    held_at: datetime.datetime | None
    full_since: datetime.datetime | None
    full_until: datetime.datetime | None
    idle_since: datetime.datetime | None
    given_up_at: datetime.datetime | None
    given_up: Diagnosis | None
    staging: Staging | None

    @property
    def refused(self) -> bool:
        """Whether real mail fails, and not for what is wrong with one recipient."""
        why = self.failure or self.given_up
        return why is not None and why.scope is not Scope.RECIPIENT


def standing(session: Session, now: datetime.datetime | None = None) -> Standing:
    """How mail stands: one cheap query, however many messages there are.

    The nodes are copies of their rows, which belong to no session.
    """
    now = now or utcnow()
    rows = (
        session.connection().execute(_STANDING, {"since": now - FORGOTTEN_AFTER, "now": now}).all()
    )
    nodes = [NodeStatus(**dict(zip(_NODE, row, strict=False))) for row in rows if row.node_node]
    alive = [node for node in nodes if node.is_alive(now)]
    queue = rows[0]
    given_up = _is_given_up(queue, alive)
    full = bool(queue.waiting and queue.full_until and queue.full_until + FULL_AGAIN > now)
    return Standing(
        nodes=sorted(alive, key=lambda node: not node.broken),
        gone=[node for node in nodes if not node.is_alive(now)],
        waiting=queue.waiting,
        failing_since=queue.since if queue.failures else None,
        failure=Diagnosis.stored(queue.diagnosis) if queue.failures else None,
        held_by=queue.held_by,
        held_at=queue.held_at,
        full_since=queue.full_since if full else None,
        full_until=queue.full_until if full else None,
        idle_since=_idle_since(queue, now),
        given_up_at=queue.ended_at if given_up else None,
        given_up=Diagnosis.stored(queue.why) if given_up else None,
        staging=staging.staging_in(queue),
    )


def _idle_since(queue: Row[*tuple[Any, ...]], now: datetime.datetime) -> datetime.datetime | None:
    """Since when the oldest message is due, where nothing is tried though nothing keeps it back."""
    due = [moment for moment in (queue.due_0, queue.due_1, queue.due_2) if moment]
    if not due or queue.failures or queue.held_by:
        return None
    oldest = min(due)
    tried_at = queue.tried_at if queue.tried_at and queue.tried_at <= now else None
    last = max(filter(None, (oldest, tried_at, queue.full_until)))
    return oldest if now - last > IDLE_AFTER else None


def _is_given_up(queue: Row[*tuple[Any, ...]], nodes: list[NodeStatus]) -> bool:
    """Whether the last message to come to an end was given up, and no check has passed since."""
    if queue.end is not MessageState.FAILED:
        return False
    works = [node.checked_at for node in nodes if node.health is Health.HEALTHY]
    return not any(at > queue.ended_at for at in works)
