"""What admins do with schedules: look at them, make, change, pause, run and remove them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction, Changes
from smtp_panel.outbox.model import Message, MessageState
from smtp_panel.schedules import runs, secret
from smtp_panel.schedules.model import Schedule, ScheduleRun, ScheduleRunState
from smtp_panel.schedules.plan import Plan
from smtp_panel.settings.cipher import Cipher

SHOWN = 50  # runs of one schedule
_AUDITED = ("name", "function", "url", "header", "subject", "recipients", "cron", "zone")


class NoSuchSchedule(Exception):
    """There is no schedule with this id."""


class StillRunning(Exception):
    """The last run of the schedule has not ended."""


class ScheduleChanged(Exception):
    """Somebody saved the schedule since it was looked at."""


@dataclass(frozen=True, slots=True)
class RunWithFate:
    """A run, and what became of its message; None where there is none, or it is kept no longer."""

    run: ScheduleRun
    fate: MessageState | None

    @property
    def state(self) -> MessageState | ScheduleRunState:
        """That of its message where there is one, else how far the run is."""
        return self.fate or self.run.progress


def listed(session: Session) -> list[tuple[Schedule, RunWithFate | None]]:
    """All schedules by name, each with its last run."""
    newest = select(func.max(ScheduleRun.id)).group_by(ScheduleRun.schedule)
    rows = _made(session, _with_fate().where(ScheduleRun.id.in_(newest)))
    last = {made.run.schedule: made for made in rows}
    schedules = session.scalars(select(Schedule).order_by(Schedule.name, Schedule.id))
    return [(schedule, last.get(schedule.id)) for schedule in schedules]


def find(session: Session, schedule_id: int) -> Schedule:
    """The schedule with this id; raises NoSuchSchedule."""
    found = session.get(Schedule, schedule_id)
    if found is None:
        raise NoSuchSchedule
    return found


def history(
    session: Session, schedule: Schedule, *, before: int | None = None, most: int = SHOWN
) -> list[RunWithFate]:
    """The last runs of a schedule, the newest first, or those next older than the run `before`."""
    of_it = _with_fate().where(ScheduleRun.schedule == schedule.id)
    if before is not None:
        of_it = of_it.where(ScheduleRun.id < before)
    return _made(session, of_it.order_by(ScheduleRun.id.desc()).limit(most))


def create(
    session: Session, plan: Plan, cipher: Cipher, *, by: Actor, now: datetime.datetime
) -> Schedule:
    """Add a schedule. Raises HeaderSecretNeeded and KeyUnavailable."""
    schedule = Schedule(created_by=by.name, created_at=now)
    changes = _follow(schedule, plan, cipher, now)
    session.add(schedule)
    session.flush()
    audit.record(session, AuditAction.SCHEDULE_CREATED, by, changes=changes)
    return schedule


def change(
    session: Session,
    schedule_id: int,
    plan: Plan,
    cipher: Cipher,
    *,
    by: Actor,
    now: datetime.datetime,
    version: int,
) -> None:
    """Make a schedule as `plan` says, which is meant for its `version`.

    Raises NoSuchSchedule, ScheduleChanged where it has another version, and what `create` raises.
    """
    schedule = _locked(session, schedule_id)
    if version != schedule.version:
        raise ScheduleChanged
    changes = {**_named(schedule), **_follow(schedule, plan, cipher, now)}
    schedule.version += 1
    schedule.changed_by, schedule.changed_at = by.name, now
    audit.record(session, AuditAction.SCHEDULE_CHANGED, by, changes=changes)


def pause(session: Session, schedule_id: int, by: Actor, now: datetime.datetime) -> None:
    """Let a schedule rest until `resume`; raises NoSuchSchedule."""
    schedule = _locked(session, schedule_id)
    schedule.next_at, schedule.paused_by, schedule.paused_at = None, by.name, now
    audit.record(session, AuditAction.SCHEDULE_PAUSED, by, changes=_named(schedule))


def resume(session: Session, schedule_id: int, by: Actor, now: datetime.datetime) -> None:
    """Go on from now; what was due meanwhile is left out. Raises NoSuchSchedule."""
    schedule = _locked(session, schedule_id)
    schedule.paused_by = schedule.paused_at = None
    schedule.next_at = schedule.timing.after(now)
    audit.record(session, AuditAction.SCHEDULE_RESUMED, by, changes=_named(schedule))


def run_now(session: Session, schedule_id: int, by: Actor, now: datetime.datetime) -> None:
    """Let a schedule run at once, beside its times. Raises NoSuchSchedule and StillRunning."""
    schedule = _locked(session, schedule_id)
    if runs.is_running(session, schedule):
        raise StillRunning
    runs.add_run(session, schedule, now, by.name)
    audit.record(session, AuditAction.SCHEDULE_RUN, by, changes=_named(schedule))


def remove(session: Session, schedule_id: int, by: Actor) -> None:
    """Remove a schedule and its history; raises NoSuchSchedule. Its messages stay."""
    schedule = _locked(session, schedule_id)
    audit.record(session, AuditAction.SCHEDULE_REMOVED, by, changes=_named(schedule))
    session.delete(schedule)


def _follow(schedule: Schedule, plan: Plan, cipher: Cipher, now: datetime.datetime) -> Changes:
    """Make `schedule` as `plan` says; what that changes, by field."""
    secret.keep(schedule, plan.url, plan.header, plan.secret, cipher)
    changes: dict[str, tuple[object, object]] = {}
    for name in _AUDITED:
        old, new = getattr(schedule, name), getattr(plan, name)
        setattr(schedule, name, new)
        if (old or None) != (new or None):
            changes[name] = (_text(old), _text(new))
    if not schedule.paused_by and changes.keys() & {"cron", "zone"}:
        schedule.next_at = schedule.timing.after(now)
    if plan.header and plan.secret:
        changes["secret"] = (None, plan.secret)
    return changes


def _text(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _locked(session: Session, schedule_id: int) -> Schedule:
    found = session.get(Schedule, schedule_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchSchedule
    return found


def _named(schedule: Schedule) -> Changes:
    return {"schedule": (None, schedule.name)}


def _with_fate() -> Select[ScheduleRun, MessageState]:
    with_message = select(ScheduleRun, Message.state)
    return with_message.outerjoin(Message, Message.id == ScheduleRun.message)


def _made(session: Session, rows: Select[ScheduleRun, MessageState]) -> list[RunWithFate]:
    return [RunWithFate(run, fate) for run, fate in session.execute(rows).all()]
