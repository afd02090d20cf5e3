"""The runs of the schedules: which are due, who makes them, and how they ended (QUEUE, clocks)."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.outbox.model import Message
from smtp_panel.schedules.content import NoContent
from smtp_panel.schedules.model import Schedule, ScheduleRun, ScheduleState

LEASE = datetime.timedelta(seconds=90)  # after which another may make a run that has no end
FAILING = 3  # failures in a row, from which on a schedule counts as failing
KEPT = datetime.timedelta(days=90)
BY_ITSELF = Actor("schedules")

_OPEN = ScheduleRun.ended_at.is_(None)
_RUNS = exists().where(ScheduleRun.schedule == Schedule.id, _OPEN)


def pending(session: Session, now: datetime.datetime) -> bool:
    """Whether there is anything to do: a schedule is due, or a run waits for somebody."""
    due = exists().where(Schedule.next_at <= now, not_(_RUNS))
    waiting = exists().where(_OPEN, _is_free(now))
    return bool(session.scalar(select(or_(due, waiting))))


def begin_due(session: Session, now: datetime.datetime) -> None:
    """Add a run for each schedule that is due, and say when it is due next.

    One that was due several times meanwhile is run once; one whose last run has not ended waits
    for that.
    """
    due = select(Schedule).where(Schedule.next_at <= now, not_(_RUNS))
    for schedule in session.scalars(due.order_by(Schedule.id).with_for_update()).all():
        if schedule.next_at:
            add_run(session, schedule, schedule.next_at)
            schedule.next_at = schedule.timing.after(now)


def set_back(session: Session, now: datetime.datetime) -> None:
    """Let each schedule be due as soon as it is by a clock that was set back to `now`.

    What was run already by the clock as it was is not run again.
    """
    waiting = select(Schedule).where(Schedule.next_at > now).order_by(Schedule.id)
    for schedule in session.scalars(waiting.with_for_update()).all():
        schedule.next_at = schedule.timing.after(now)


def add_run(
    session: Session, schedule: Schedule, due_at: datetime.datetime, by: str | None = None
) -> None:
    """Add the run of this moment, unless there is one already."""
    try:
        with session.begin_nested():
            session.add(ScheduleRun(schedule=schedule.id, due_at=due_at, by=by))
    except IntegrityError:
        return


def senders(session: Session) -> list[str]:
    """The addresses that the last messages of the schedules were from.

    An empty one stands for those that have none in the outbox.
    """
    sent = select(func.max(ScheduleRun.id)).where(ScheduleRun.message.is_not(None))
    last = ScheduleRun.id.in_(sent.group_by(ScheduleRun.schedule))
    found = (
        select(func.coalesce(Message.sender, ""))
        .select_from(Schedule)
        .outerjoin(ScheduleRun, and_(ScheduleRun.schedule == Schedule.id, last))
        .outerjoin(Message, Message.id == ScheduleRun.message)
    )
    return sorted({*session.scalars(found)})


def state_of(schedule: Schedule) -> ScheduleState:
    """How a schedule stands."""
    if schedule.paused_by:
        return ScheduleState.PAUSED
    return ScheduleState.FAILING if schedule.failures >= FAILING else ScheduleState.ACTIVE


def is_running(session: Session, schedule: Schedule) -> bool:
    """Whether a run of it has not ended yet."""
    return bool(session.scalar(select(_RUNS).where(Schedule.id == schedule.id)))


def claim(session: Session, now: datetime.datetime) -> tuple[ScheduleRun, Schedule] | None:
    """Take the run that waits longest; None where none does. The two belong to no session."""
    oldest = select(ScheduleRun.id).where(_OPEN, _is_free(now)).order_by(ScheduleRun.due_at)
    run = session.scalar(
        update(ScheduleRun)
        .where(ScheduleRun.id == oldest.limit(1).scalar_subquery(), _OPEN, _is_free(now))
        .values(
            began_at=func.coalesce(ScheduleRun.began_at, now),
            lease_until=now + LEASE,
            claims=ScheduleRun.claims + 1,
        )
        .returning(ScheduleRun)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if run is None:
        return None
    schedule = session.get_one(Schedule, run.schedule)
    session.expunge_all()
    return run, schedule


def renew(session: Session, in_hand: Collection[int], now: datetime.datetime) -> None:
    """Keep the runs with these ids, which somebody still makes."""
    kept = update(ScheduleRun).where(ScheduleRun.id.in_(in_hand), _OPEN)
    session.execute(kept.values(lease_until=now + LEASE))


def accept(session: Session, run: ScheduleRun, message: str | None, now: datetime.datetime) -> bool:
    """Note that a run has put `message` into the outbox; False where another was first."""
    schedule = _ended(session, run, now, message=message)
    if schedule is None:
        return False
    schedule.failures = 0
    return True


def fail(session: Session, run: ScheduleRun, why: NoContent, now: datetime.datetime) -> None:
    """Note that a run has failed, and in the audit log that the schedule keeps failing."""
    schedule = _ended(session, run, now, error=why.sentence.to_json())
    if schedule is None:
        return
    schedule.failures += 1
    if schedule.failures == FAILING:
        about = {"schedule": (None, schedule.name)}
        action = AuditAction.SCHEDULE_FAILING
        audit.record(session, action, BY_ITSELF, changes=about)


def forget(session: Session, now: datetime.datetime) -> None:
    """Delete the runs that ended long ago."""
    session.execute(delete(ScheduleRun).where(ScheduleRun.ended_at < now - KEPT))


def _is_free(now: datetime.datetime) -> ColumnElement[bool]:
    """Whether nobody makes a run; nobody has it for so long but by a clock that was ahead."""
    until = ScheduleRun.lease_until
    return or_(until.is_(None), until < now, until > now + 2 * LEASE)


def _ended(
    session: Session, run: ScheduleRun, now: datetime.datetime, **how: object
) -> Schedule | None:
    """The schedule of a run that ends here; None where it has ended, or is removed.

    The schedule is locked before its run, as everywhere.
    """
    schedule = session.get(Schedule, run.schedule, with_for_update=True)
    ended = update(ScheduleRun).where(ScheduleRun.id == run.id, _OPEN)
    first = session.scalar(ended.values(ended_at=now, **how).returning(ScheduleRun.id))
    return schedule if first else None
