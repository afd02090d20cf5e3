"""Which workers live, and what the dead ones had in hand (SPEC M3)."""

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from smtp_panel.outbox.claims import in_order
from smtp_panel.outbox.journal import Journal, TakenForDead
from smtp_panel.outbox.model import Queued, WorkerHeartbeat

DEAD_AFTER = 40.0  # seconds without a beat, as whoever watches counts them


class Heartbeats:
    """The heartbeat of a new worker, `own`, and an eye on those of the others.

    It counts by its own clock and no other: a beat is a number that goes up, and no moment. The
    `journal` of the worker is in the folder `journals`.
    """

    def __init__(self, node: str, journals: Path) -> None:
        self.own = secrets.token_hex(16)
        self.journal = Journal(journals, self.own)
        self._node = node
        self._has_beaten = False
        self._beats: dict[str, tuple[int, float]] = {}

    def beat(self, connection: Connection, now: datetime.datetime) -> None:
        """Say that this worker lives; `now` is kept of its first beat.

        Raises TakenForDead where others have given it up since its last one.
        """
        lives = (
            update(WorkerHeartbeat)
            .where(WorkerHeartbeat.id == self.own)
            .values(beat=WorkerHeartbeat.beat + 1)
        )
        if connection.execute(lives).rowcount:
            return
        if self._has_beaten:
            raise TakenForDead
        row = {"id": self.own, "node": self._node, "pid": os.getpid()}
        connection.execute(insert(WorkerHeartbeat).values(**row, started_at=now, beat=0))
        self._has_beaten = True

    def forget_dead(
        self, connection: Connection, seconds: float, ended: Collection[str]
    ) -> list[str]:
        """Forget those that show no sign of life any more, or have `ended`, and give their names.

        `seconds` are those of the clock. Also those who have messages in hand, and are no workers
        that anybody knows.
        """
        silent = self._silent(connection, seconds)
        gone = []
        for worker in sorted({*silent, *ended}):  # in one order: no deadlock
            its_row = delete(WorkerHeartbeat).where(WorkerHeartbeat.id == worker)
            if worker not in ended:
                its_row = its_row.where(WorkerHeartbeat.beat == silent[worker])
            if connection.execute(its_row).rowcount or worker in ended:
                gone.append(worker)
        return sorted({*gone, *_unknown_owners(connection)})

    def _silent(self, connection: Connection, now: float) -> dict[str, int]:
        seen = {}
        for worker, beat in connection.execute(select(WorkerHeartbeat.id, WorkerHeartbeat.beat)):
            before, since = self._beats.get(worker, (None, now))
            seen[worker] = (beat, since if before == beat else now)
        self._beats = seen
        return {
            worker: beat
            for worker, (beat, since) in seen.items()
            if now - since >= DEAD_AFTER and worker != self.own
        }


def count(connection: Connection) -> int:
    """How many workers live; one where none is known, for somebody asks."""
    return connection.scalar(select(func.count()).select_from(WorkerHeartbeat)) or 1


def _unknown_owners(connection: Connection) -> list[str]:
    strange = Queued.owner.not_in(select(WorkerHeartbeat.id))
    owners = select(Queued.owner).where(Queued.owner.is_not(None), strange).distinct()
    return [owner for owner in connection.scalars(owners) if owner]


def free(connection: Connection, worker: str) -> None:
    """Leave to others what `worker` had in hand and has not begun, so that no claim counts."""
    its_own = update(Queued).where(Queued.id.in_(in_order(Queued.owner == worker)))
    connection.execute(its_own.values(owner=None, claims=Queued.claims - 1))


def forget(connection: Connection, worker: str) -> None:
    """Leave to others what `worker` had in hand, which is no more."""
    connection.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.id == worker))
    free(connection, worker)
