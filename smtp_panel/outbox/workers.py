"""Which workers live, and what the dead ones had in hand (SPEC M3)."""

from __future__ import annotations

import datetime
import os

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from smtp_panel.outbox.model import Queued, WorkerHeartbeat

DEAD_AFTER = 40.0  # seconds without a beat, as whoever watches counts them


class Heartbeats:
    """The heartbeat of the worker `own`, and an eye on those of the others.

    It counts by its own clock and no other: a beat is a number that goes up, and no moment.
    """

    def __init__(self, own: str, node: str) -> None:
        self.own = own
        self._node = node
        self._beats: dict[str, tuple[int, float]] = {}

    def beat(self, connection: Connection, now: datetime.datetime) -> None:
        """Say that this worker lives; `now` is kept of its first beat."""
        lives = (
            update(WorkerHeartbeat)
            .where(WorkerHeartbeat.id == self.own)
            .values(beat=WorkerHeartbeat.beat + 1)
        )
        if not connection.execute(lives).rowcount:
            row = {"id": self.own, "node": self._node, "pid": os.getpid()}
            connection.execute(insert(WorkerHeartbeat).values(**row, started_at=now, beat=0))

    def free_of_the_dead(self, connection: Connection, seconds: float) -> bool:
        """Leave to others what dead workers had in hand; `seconds` are those of the clock.

        Whether there was any such worker.
        """
        dead = self._dead(connection, seconds)
        for worker in dead:
            forget(connection, worker)
        _free(connection, Queued.owner.not_in(select(WorkerHeartbeat.id)))
        return bool(dead)

    def _dead(self, connection: Connection, now: float) -> list[str]:
        seen = {}
        for worker, beat in connection.execute(select(WorkerHeartbeat.id, WorkerHeartbeat.beat)):
            before, since = self._beats.get(worker, (None, now))
            seen[worker] = (beat, since if before == beat else now)
        self._beats = seen
        return [
            worker
            for worker, (_, since) in seen.items()
            if now - since >= DEAD_AFTER and worker != self.own
        ]


def forget(connection: Connection, worker: str) -> None:
    """Leave to others what `worker` had in hand, which is no more."""
    _free(connection, Queued.owner == worker)
    connection.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.id == worker))


def _free(connection: Connection, owned: ColumnElement[bool]) -> None:
    """Most of it, they had not begun, so that no claim counts."""
    free = {"owner": None, "claims": Queued.claims - 1}
    connection.execute(update(Queued).where(Queued.owner.is_not(None), owned).values(**free))
