"""The rest that the queue takes while the service fails, or because an admin says so (SPEC M5).

A transaction locks the rows of workers first, then those of the queue, each by id, of messages, of
what is counted, of the pause, and then of limits: in one order, so that no two wait for each other.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Connection, case, select, update

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import retry, told
from smtp_panel.outbox.claims import in_order
from smtp_panel.outbox.model import Lane, Message, Pause, Queued
from smtp_panel.smtp.facts import Stage

_ORDER = tuple(Stage)  # as a conversation goes
FULL_AGAIN = datetime.timedelta(minutes=1)  # after a wait for a quota; it leaves a few at a time
PROBE = datetime.timedelta(seconds=60)  # until another worker may try, if the one that does is gone

_REST = select(Pause.held_by, Pause.until, Pause.failures, Pause.full_until)


@dataclass(frozen=True, slots=True)
class Rest:
    """How the queue stands: whether an admin holds it, and until when it rests.

    `failures` of the service in a row, none while it works. Up to `full_until` what is due waits
    for a quota.
    """

    held: bool
    until: datetime.datetime | None
    failures: int
    full_until: datetime.datetime | None = None

    def may_try(self, now: datetime.datetime) -> bool:
        """Whether a message may be tried, be it only one of them."""
        return not self.held and (self.until is None or self.until <= now)


def lock(connection: Connection) -> None:
    """Keep the pause as it is, up to the end of the transaction."""
    connection.execute(select(Pause.id).with_for_update())


def rest(connection: Connection) -> Rest:
    """How the queue stands."""
    row = connection.execute(_REST).one()
    return Rest(row.held_by is not None, row.until, row.failures, row.full_until)


def generation(connection: Connection) -> int:
    """How often mail may have come to fare otherwise; it goes up by `try_now`."""
    return connection.execute(select(Pause.generation)).scalar_one()


def since(connection: Connection) -> datetime.datetime | None:
    """Since when nothing leaves, by the word of an admin or because the service fails."""
    row = connection.execute(select(Pause.held_at, Pause.since)).one()
    return min((each for each in row if each), default=None)


def is_current(connection: Connection, generation: int) -> bool:
    """Whether what was met in a `generation` still counts, up to the end of the transaction."""
    return connection.scalar(select(Pause.generation).with_for_update()) == generation


def service_failed(
    connection: Connection,
    diagnosis: Diagnosis,
    now: datetime.datetime,
    chance: float,
    *,
    probing: bool,
) -> None:
    """Rest from `now` on, longer with each failure in a row; `chance` is from 0 to 1.

    What fails while the queue rests already, other than by `probing`, is the same failure.
    """
    row = connection.execute(select(Pause.failures, Pause.since).with_for_update()).one()
    if row.failures and not probing:
        return
    failures, quota = row.failures + 1, told.has_enough(diagnosis)
    connection.execute(
        update(Pause).values(
            failures=failures,
            until=now + retry.pause_after(failures, chance, told.wait(diagnosis), quota=quota),
            since=row.since or now,
            diagnosis=diagnosis.to_json(),
        )
    )


def claim_probe(connection: Connection, now: datetime.datetime, generation: int) -> bool:
    """Whether the caller is the one that tries whether the service works again.

    One who knows of an earlier `generation` alone would find out nothing that counts.
    """
    due = update(Pause).where(Pause.failures > 0, Pause.held_by.is_(None), Pause.until <= now)
    current = due.where(Pause.generation == generation)
    return connection.execute(current.values(until=now + PROBE)).rowcount == 1


def service_works(connection: Connection) -> None:
    """Go on: a message was taken."""
    works = update(Pause).where(Pause.failures > 0)
    connection.execute(works.values(failures=0, until=None, since=None, diagnosis=None))


def check_passed(connection: Connection, reached: Stage) -> None:
    """Go on, where a check or test of the settings in force has `reached` what failed."""
    stored = connection.scalar(select(Pause.diagnosis))
    if stored:
        failed = Diagnosis.from_json(stored).values["stage"]
        if failed in _ORDER and _ORDER.index(failed) <= _ORDER.index(reached):
            service_works(connection)


def try_now(connection: Connection, now: datetime.datetime) -> None:
    """Let one message be tried at once, as after a change of the settings.

    What is met meanwhile by those of before counts no more.
    """
    until = case((Pause.failures > 0, now), else_=Pause.until)
    connection.execute(update(Pause).values(generation=Pause.generation + 1, until=until))
    forget_full(connection)


def hasten(connection: Connection, now: datetime.datetime) -> None:
    """Let each message that was put off be tried at once; not what is to be sent later."""
    later = select(Message.id).where(Message.id == Queued.id, Message.send_at > now)
    soon = Queued.lane.in_(list(Lane)), Queued.due.between(now, now + retry.FURTHEST)
    waiting = in_order(Queued.owner.is_(None), *soon, ~later.exists())
    connection.execute(update(Queued).where(Queued.id.in_(waiting)).values(due=now))


def note_full(connection: Connection, until: datetime.datetime, now: datetime.datetime) -> None:
    """Note that what is due waits for a quota; what follows soon upon another wait is the same."""
    goes_on = case((Pause.full_until > now - FULL_AGAIN, Pause.full_since), else_=now)
    connection.execute(update(Pause).values(full_since=goes_on, full_until=until))


def forget_full(connection: Connection) -> None:
    """Wait for no quota as far as is known: there may be another limit, or another server."""
    full = update(Pause).where(Pause.full_until.is_not(None))
    connection.execute(full.values(full_since=None, full_until=None))


def hold(connection: Connection, by: str, now: datetime.datetime) -> None:
    """Rest until `release`, by the word of `by`; the first to say so is the one who is named."""
    held = update(Pause).where(Pause.held_by.is_(None))
    connection.execute(held.values(held_by=by, held_at=now))


def release(connection: Connection) -> None:
    """Go on after `hold`."""
    connection.execute(update(Pause).values(held_by=None, held_at=None))
