"""The outbox as a worker has it: what it takes in hand, and what became of it."""

from __future__ import annotations

import datetime
import io
import os
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import Connection, Engine, delete, insert, select, update

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import claims, pause
from smtp_panel.outbox.batches import Batches
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.enqueue import PART, Mail, enqueue
from smtp_panel.outbox.model import Queued, Worker
from smtp_panel.outbox.outcomes import Outcome, record
from smtp_panel.outbox.parts import Parts
from smtp_panel.outbox.pause import Rest
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.storage import sqlite, utcnow

DEAD_AFTER = 40.0  # seconds without a beat, as whoever watches counts them
TAKES_NO_MORE_AFTER = DEAD_AFTER / 2  # seconds since its own last beat


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish for so many messages that are due."""

    most: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Messages that were in hand and are left to others, not before `later`."""

    claimed: Sequence[Claimed]
    later: datetime.datetime | None
    counts: bool


Written = Mail | Outcome | GivenBack | Wanted


class Outbox:
    """The durable queue in the database of `engine`, with one worker's hand on it.

    One thread writes: what is accepted, what became of what was sent, and what is claimed, as much
    in one transaction as there is. `uncertain` says what to do with what the server may have taken.
    `on_news` is called when there may be something to send. Safe to use from several threads.
    """

    def __init__(
        self,
        engine: Engine,
        node: str,
        *,
        uncertain: Uncertain = Uncertain.ASK,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime.datetime] = utcnow,
    ) -> None:
        self.node = node
        self.uncertain = uncertain
        self.chance = chance
        self.now = now
        self.on_news: Callable[[], None] = lambda: None
        self.engine = engine
        self._worker = ""  # the name of this worker among others, from its first beat on
        self._clock = clock
        self._hungry = True  # whether somebody found less than was wanted
        self._beaten = clock()
        self._beats: dict[str, tuple[int, float]] = {}
        self._writes: Batches[Written] = Batches(self._write, "outbox writer")

    def accept(self, mail: Mail) -> Future[None]:
        """Accept `mail`, which is on disk once the future is done."""
        return self._writes.put(mail)

    def settle(self, outcome: Outcome) -> None:
        """Note `outcome`, soon."""
        self._writes.leave(outcome)

    def claim(self, most: int) -> Future[list[Claimed]]:
        """Take up to `most` messages in hand that are due."""
        return self._writes.put(Wanted(most))

    def give_back(
        self,
        claimed: Sequence[Claimed],
        later: datetime.datetime | None = None,
        *,
        counts: bool = False,
    ) -> None:
        """Leave what is as good as not tried to whoever is next, soon; not before `later`.

        A claim that `counts` came to no end.
        """
        if claimed:
            self._writes.leave(GivenBack(claimed, later, counts))

    def rest(self) -> Rest:
        """Whether the queue rests."""
        with self.engine.connect() as connection:
            return pause.rest(connection)

    def has_due(self) -> bool:
        """Whether any message is due that nobody has in hand."""
        with self.engine.connect() as connection:
            return claims.has_due(connection, self.now())

    def read(self, claimed: Claimed) -> BinaryIO:
        """The octets of a message of many parts, read as they are needed."""

        def part(number: int) -> bytes:
            with self.engine.connect() as connection:
                return claims.read_part(connection, claimed.id, number)

        return io.BufferedReader(Parts(part, claimed.size, PART))

    def claim_probe(self) -> bool:
        """Whether this worker is the one to try whether the service works again."""
        with self._transaction() as connection:
            return pause.claim_probe(connection, self.now())

    def service_failed(self, diagnosis: Diagnosis, *, probing: bool) -> None:
        """Let the queue rest."""
        with self._transaction() as connection:
            pause.service_failed(connection, diagnosis, self.now(), self.chance(), probing=probing)

    def service_works(self) -> None:
        """Let the queue go on, where it rested."""
        with self._transaction() as connection:
            pause.service_works(connection)

    @property
    def may_begin(self) -> bool:
        """Whether this worker may begin a message.

        Nobody will take it for dead meanwhile, and what becomes of the message can be written down.
        """
        fresh = self._clock() - self._beaten < TAKES_NO_MORE_AFTER
        return fresh and not self._writes.is_behind

    def beat(self) -> None:
        """Say that this worker lives, and take up what dead ones had in hand."""
        now = self._clock()
        self._worker = self._worker or secrets.token_hex(16)
        with self._transaction() as connection:
            lives = update(Worker).where(Worker.id == self._worker).values(beat=Worker.beat + 1)
            if not connection.execute(lives).rowcount:
                row = {"id": self._worker, "node": self.node, "pid": os.getpid()}
                connection.execute(insert(Worker).values(**row, started_at=self.now(), beat=0))
            dead = self._dead(connection, now)
            for worker in dead:
                _forget(connection, worker)
        self._beaten = now
        if dead:
            self.on_news()

    def close(self) -> None:
        """Write down what is still to be written, and leave the queue to others."""
        self._writes.finish()
        with self._transaction() as connection:
            _forget(connection, self._worker)

    def _dead(self, connection: Connection, now: float) -> list[str]:
        """The workers whose beat has not changed for so long, by our own clock and no other."""
        seen = {}
        for worker, beat in connection.execute(select(Worker.id, Worker.beat)):
            before, since = self._beats.get(worker, (None, now))
            seen[worker] = (beat, since if before == beat else now)
        self._beats = seen
        return [
            worker
            for worker, (_, since) in seen.items()
            if now - since >= DEAD_AFTER and worker != self._worker
        ]

    def _write(self, items: Sequence[Written]) -> Sequence[object]:
        mails = [item for item in items if isinstance(item, Mail)]
        outcomes = [item for item in items if isinstance(item, Outcome)]
        with self._transaction() as connection:
            if outcomes:
                record(connection, self._worker, self.node, outcomes)
            if mails:
                enqueue(connection, mails)
            for item in items:
                if isinstance(item, GivenBack):
                    claims.give_back(
                        connection, self._worker, item.claimed, item.later, counts=item.counts
                    )
            results = [
                self._claim(connection, item.most) if isinstance(item, Wanted) else None
                for item in items
            ]
        back = any(isinstance(item, GivenBack) for item in items)
        due = back or bool(mails) or any(outcome.again for outcome in outcomes)
        if due and self._hungry:
            self._hungry = False
            self.on_news()
        return results

    def _claim(self, connection: Connection, most: int) -> list[Claimed]:
        found = claims.claim(connection, self._worker, most, self.now())
        self._hungry |= len(found) < most
        return found

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        options = {sqlite.BEGIN: "IMMEDIATE"}
        with (
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection


def _forget(connection: Connection, worker: str) -> None:
    """Free what `worker` had in hand; most of it, it had not begun, so that no claim counts."""
    free = {"owner": None, "claims": Queued.claims - 1}
    connection.execute(update(Queued).where(Queued.owner == worker).values(**free))
    connection.execute(delete(Worker).where(Worker.id == worker))
