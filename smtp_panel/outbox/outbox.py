"""The outbox as a worker has it: what it takes in hand, and what became of it."""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import claims, journal, pause, quota, workers
from smtp_panel.outbox.batches import Batches, Returned
from smtp_panel.outbox.claims import Claimed, Taken
from smtp_panel.outbox.clock import TimeOfDay, draw_near
from smtp_panel.outbox.enqueue import MailObject, is_accepted, repeated
from smtp_panel.outbox.journal import Journal, TakenForDead
from smtp_panel.outbox.outcomes import Outcome
from smtp_panel.outbox.pause import Rest
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.recording import Recording
from smtp_panel.outbox.rescue import Rescuer, one_by_one, rescue
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.outbox.transactions import Transactions
from smtp_panel.outbox.workers import DEAD_AFTER, Heartbeats
from smtp_panel.outbox.writes import Accepted, Brought, GivenBack, Look, Wanted, Written
from smtp_panel.storage import utcnow

TAKES_NO_MORE_AFTER = DEAD_AFTER / 2  # seconds since its own last beat
EMPTY_SECONDS = 0.1  # that the queue counts as empty for a new wish, once nothing was due


class Outbox:
    """The durable queue in the database of `engine`, with one worker's hand on it.

    One thread at a time writes: what is accepted, what became of what was sent, what is claimed, as
    much in one transaction as there is. `journals` is the folder of the journals of this machine's
    workers; `uncertain` says what to do with what the server may have taken. `on_news` is called
    when there may be something to send; no more is claimed than `quotas` allow. Safe to use from
    several threads.
    """

    def __init__(
        self,
        engine: Engine,
        node: str,
        journals: Path,
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
        self.quotas = Quotas()
        self.engine = engine
        self.transaction = Transactions(engine)
        self._journals = journals
        self._time_of_day = TimeOfDay()
        self._clock = clock
        self._wanted: list[Wanted] = []  # what found nothing so far
        self._beaten = self._empty_until = clock()
        self._writes: Batches[Written] = Batches(self._write, "outbox writer")

    def accept(self, mail: MailObject) -> str:
        """Accept `mail`, which is on disk then, and give its id.

        It is that of an earlier message where this is to be the same; raises KeyReused.
        """
        try:
            return str(self._writes.do(mail))
        except DBAPIError:  # perhaps of the answer alone, which was lost
            with suppress(DBAPIError), self.engine.connect() as connection:
                if is_accepted(connection, mail.id):
                    return mail.id
            raise

    def settle(self, outcome: Outcome) -> None:
        """Note `outcome`, soon."""
        self._writes.leave(outcome)

    def flush(self) -> None:
        """Return once what was noted so far is written down, or can't be for now."""
        self._writes.flush()

    def claim(self, most: int, *, probing: bool = False) -> list[Claimed]:
        """Take up to `most` messages in hand that are due; by `probing` whatever the quotas are."""
        return self._want(Wanted(most, ended=True, probing=probing)).found.result()

    def want(self, most: int) -> Wanted:
        """Take up to `most` messages in hand as soon as any is due, until `end`."""
        return self._want(Wanted(most))

    def end(self, wanted: Wanted) -> None:
        """Want nothing any more: `found` is done soon, perhaps with messages."""
        wanted.ended = True
        self._want(wanted)

    def look(self) -> None:
        """Give what has become due to those who want it."""
        self._writes.put(Look(), lambda _: None)

    def give_back(self, claimed: Sequence[Claimed], later: datetime.datetime | None = None) -> None:
        """Leave what is as good as not tried to whoever is next, soon; not before `later`."""
        if claimed:
            self._writes.leave(GivenBack(claimed, later))

    def came_to_no_end(self, begun: Sequence[Claimed]) -> None:
        """Leave to whoever is next what a mistake of ours has stopped, soon: that claim counts."""
        for later, each in one_by_one(begun, self.now()):
            self._writes.leave(GivenBack([each], later, counts=True))

    def rest(self) -> Rest:
        """Whether the queue rests."""
        with self.engine.connect() as connection:
            return pause.rest(connection)

    def has_due(self, since: datetime.timedelta = datetime.timedelta()) -> bool:
        """Whether any message is due that nobody has in hand, and has been for so long."""
        with self.engine.connect() as connection:
            return claims.has_due(connection, self.now() - since)

    def is_full(self, rest: Rest) -> bool:
        """Whether what is due waits for a quota, which is noted for all to see."""
        now = self.now()
        with self.engine.connect() as connection:
            until = quota.full_until(connection, self.quotas, now, rest.full_until)
        if until and until != rest.full_until:
            with self.transaction() as connection:
                pause.note_full(connection, until, now)
        return until is not None

    def claim_probe(self, generation: int) -> bool:
        """Whether this worker, which knows of `generation`, tries whether the service works."""
        with self.transaction() as connection:
            return pause.claim_probe(connection, self.now(), generation)

    def service_failed(self, diagnosis: Diagnosis, generation: int, *, probing: bool) -> bool:
        """Let the queue rest, unless another `generation` is current; whether it rests."""
        with self.transaction() as connection:
            if counts := pause.is_current(connection, generation):
                now, chance = self.now(), self.chance()
                pause.service_failed(connection, diagnosis, now, chance, probing=probing)
        return counts

    def service_works(self, generation: int) -> bool:
        """Let the queue go on, unless another `generation` is current; whether it goes on."""
        with self.transaction() as connection:
            if counts := pause.is_current(connection, generation):
                pause.service_works(connection)
        return counts

    @property
    def may_begin(self) -> bool:
        """Whether this worker may claim a message, or begin it.

        Nobody will take it for dead meanwhile, and what becomes of the message can be written down.
        """
        return self._clock() - self._beaten < TAKES_NO_MORE_AFTER and not self._writes.is_behind

    def beat(self) -> None:
        """Say that this worker lives, and take up what dead ones had in hand."""
        now, ended = self._clock(), journal.abandoned(self._journals)
        by = Rescuer(self.node, self.now(), self.chance(), self.uncertain)
        try:
            with self.transaction() as connection:
                self._heartbeats.beat(connection, by.at)
        except TakenForDead:
            self._heartbeats = Heartbeats(self.node, self._journals)  # go on as a new one
            return self.beat()
        self._beaten = now
        if self._time_of_day.is_set(by.at, now):
            with self.transaction() as connection:
                draw_near(connection, by.at)
        self._time_of_day.note(by.at, now)
        with self.transaction() as connection:
            dead = self._heartbeats.forget_dead(connection, now, ended)
            for worker in dead:
                rescue(connection, worker, journal.read(self._journals, worker), by)
        for worker in dead:
            journal.remove(self._journals, worker)
        if dead:
            self.on_news()
        return None

    def take_back(self) -> None:
        """Leave to others what is this worker's by the database, where it has nothing in hand.

        A claim whose answer was lost would be nobody's otherwise, until the worker ends.
        """
        if not self.transaction.in_doubt:
            return
        if self._writes.flush():
            with self.transaction() as connection:
                workers.free(connection, self._heartbeats.own)
            self.transaction.in_doubt = False

    def close(self) -> None:
        """Write the rest down and leave the queue to others; else they go by the journal."""
        if self._writes.finish():
            with self.transaction() as connection:
                workers.forget(connection, self._heartbeats.own)
            self.journal.close()
        self.transaction.close()

    @property
    def journal(self) -> Journal:
        """Where couriers mark how far they are; another one once this worker was given up."""
        return self._heartbeats.journal

    @cached_property
    def _heartbeats(self) -> Heartbeats:
        """It names this worker when it is first needed: a process may have been forked before."""
        return Heartbeats(self.node, self._journals)

    def _want(self, wanted: Wanted) -> Wanted:
        def tell(result: Returned) -> None:
            if (error := result[1]) and not wanted.found.done():
                wanted.found.set_exception(error)

        self._writes.put(wanted, tell)
        return wanted

    def _write(self, items: Sequence[Written]) -> Sequence[object]:
        brought = Brought.of(items)
        wanted = [w for w in dict.fromkeys((*self._wanted, *brought.wanted)) if not w.found.done()]
        looks = brought.looks or any(w.ended for w in wanted) or bool(brought.mails and self.quotas)
        hungry = brought.wanted if looks or self._clock() >= self._empty_until else []
        if not (brought.lasting or looks or hungry):
            self._wanted = wanted
            return [None] * len(items)
        free = self.may_begin and not self.quotas
        standing = [w for w in wanted if w not in hungry] if free else []
        record = self._record(brought.outcomes) if brought.outcomes else None
        accepted = self._accepted(brought.mails, standing)
        with self.transaction(lasting=brought.lasting) as connection:
            if ended := brought.ended:
                own = self._heartbeats.own
                mine = claims.owned(connection, own, ended)
                if record:
                    record.execute(connection, mine)
                for back in brought.back:
                    claims.give_back(connection, own, back.claimed, back.later, counts=back.counts)
            if before := repeated(connection, brought.mails):
                new = [mail for mail in brought.mails if mail.id not in before]
                accepted = self._accepted(new, standing)
            accepted.execute(connection)
            unserved = [each for each in wanted if each not in accepted.found]
            taken = self._find(connection, unserved) if looks or hungry else {}
        self._wanted = [each for each in unserved if each not in taken]
        if ended:
            self.journal.forget(ended)
        for each, claimed in accepted.found.items():
            each.found.set_result(claimed)
        for each, found in taken.items():
            each.have(partial(self._read, found))
        if len(before) < len(brought.mails) or brought.back:
            self.on_news()
        return [
            before.get(each.id, each.id) if isinstance(each, MailObject) else None for each in items
        ]

    def _record(self, outcomes: Sequence[Outcome]) -> Recording:
        return Recording(self.engine.dialect, self.node, outcomes)

    def _accepted(self, mails: Sequence[MailObject], standing: Sequence[Wanted]) -> Accepted:
        """What stores `mails`, some of which those have at once who found nothing before."""
        own = self._heartbeats.own if standing else None
        accepted = Accepted.of(self.engine.dialect, mails, standing, self.now(), own)
        if accepted.leaves_due:
            self._empty_until = self._clock()
        return accepted

    def _find(self, connection: Connection, wanted: Sequence[Wanted]) -> dict[Wanted, list[Taken]]:
        """What is due, in the hands of those who want it."""
        now, own, more, found = self.now(), self._heartbeats.own, self.may_begin, {}
        within = quota.room_to_claim(connection, self.quotas, now)
        for each in wanted:
            room = None if each.probing else within
            taken = quota.claim(connection, own, each.most, now, room) if more else []
            more = len(taken) == each.most
            if taken or each.ended:
                found[each] = taken
        if not more:
            self._empty_until = self._clock() + EMPTY_SECONDS
        return found

    def _read(self, taken: Sequence[Taken]) -> list[Claimed]:
        """All of what was claimed."""
        with self.transaction.reading() as connection:
            return claims.read(connection, self._heartbeats.own, taken)
