"""Schedules, as programs see and handle them (SPEC M1, A5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from smtp_panel.access import limits
from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import answer
from smtp_panel.api.errors import wrong
from smtp_panel.api.lists import MOST, Part, id_of, part_of
from smtp_panel.api.operation import Operation
from smtp_panel.api.schedules_types import (
    NewSchedule,
    OneSchedule,
    ScheduleChange,
    ScheduleRuns,
    Schedules,
    run_told,
    told,
)
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.audit import Actor
from smtp_panel.mail.front import contents
from smtp_panel.panel import current_panel
from smtp_panel.schedules import handling
from smtp_panel.schedules.plan import Plan, PlanReader, changed, texts_of
from smtp_panel.storage import db, utcnow, writing

schedules = blueprint("schedules")

ONE = "/schedules/<row:schedule_id>"


@schedules.get("/schedules")
@Operation(scopes=(KeyScope.READ,), answers={200: Schedules})
def show_all() -> ResponseReturnValue:
    """Every schedule, each with its last run."""
    found = handling.listed(db.session())
    return answer(Schedules(schedules=[told(*each) for each in found]))


@schedules.get(ONE)
@Operation(scopes=(KeyScope.READ,), answers={200: OneSchedule})
def show(schedule_id: int) -> ResponseReturnValue:
    """One schedule with its last run."""
    return _answer(schedule_id)


@schedules.get(f"{ONE}/runs")
@Operation(scopes=(KeyScope.READ,), answers={200: ScheduleRuns}, query=Part)
def show_runs(schedule_id: int, query: Part) -> ResponseReturnValue:
    """How a schedule went: its last runs, or those that follow. They are kept for 90 days."""
    schedule = handling.find(db.session(), schedule_id)
    found = handling.history(db.session(), schedule, before=id_of(query), most=MOST + 1)
    shown, following = part_of(found, lambda each: f"{each.run.id:x}")
    return answer(ScheduleRuns(runs=[run_told(each) for each in shown], next=following))


@schedules.post("/schedules")
@Operation(
    scopes=(KeyScope.MANAGE,),
    answers={201: OneSchedule},
    body=NewSchedule,
    leads_to="api_schedules.show",
)
def create(body: NewSchedule) -> ResponseReturnValue:
    """Make a schedule. Its content is of the `function` of the host application, or of `url`."""
    plan, cipher = _plan(body.texts), current_panel().cipher
    with writing(db.session) as session:
        made = handling.create(session, plan, cipher, by=asking().actor, now=utcnow())
        schedule_id = made.id
    return _answer(schedule_id, 201)


@schedules.put(ONE)
@Operation(
    scopes=(KeyScope.MANAGE,), answers={200: OneSchedule}, body=ScheduleChange, refuses=(409,)
)
def change(schedule_id: int, body: ScheduleChange) -> ResponseReturnValue:
    """Change a schedule; what is absent stays.

    Where its secret goes to another server, or in another header, it has to be sent again.
    """
    saved = handling.find(db.session(), schedule_id)
    plan, version = _plan(changed(texts_of(saved), body.texts)), saved.version
    cipher, by, now = current_panel().cipher, asking().actor, utcnow()
    with writing(db.session) as session:
        handling.change(session, schedule_id, plan, cipher, by=by, now=now, version=version)
    return _answer(schedule_id)


@schedules.post(f"{ONE}/pause")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: OneSchedule})
def pause(schedule_id: int) -> ResponseReturnValue:
    """Let a schedule rest until it is resumed."""
    return _handled(schedule_id, handling.pause)


@schedules.post(f"{ONE}/resume")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: OneSchedule})
def resume(schedule_id: int) -> ResponseReturnValue:
    """Let a schedule go on from now; what was due meanwhile is left out."""
    return _handled(schedule_id, handling.resume)


@schedules.post(f"{ONE}/run")
@Operation(scopes=(KeyScope.MANAGE,), answers={202: OneSchedule}, refuses=(409,))
def run(schedule_id: int) -> ResponseReturnValue:
    """Let a schedule run at once, beside its times. Counts as a test, for it connects as one."""
    limits.charge_actor("test", asking().actor)
    return _handled(schedule_id, handling.run_now, 202)


@schedules.delete(ONE)
@Operation(scopes=(KeyScope.MANAGE,), answers={204: None})
def remove(schedule_id: int) -> ResponseReturnValue:
    """Remove a schedule with its history. Its messages stay in the outbox."""
    with writing(db.session) as session:
        handling.remove(session, schedule_id, asking().actor)
    return "", 204


def _plan(texts: dict[str, str]) -> Plan:
    """What these texts of its fields say; raises WrongFields."""
    panel = current_panel()
    reader = PlanReader(contents(panel.app), http=panel.config.http_content)
    if refused := reader.read_all(texts):
        raise wrong(refused)
    return reader.plan


def _handled(
    schedule_id: int,
    handle: Callable[[Session, int, Actor, datetime], None],
    status: int = 200,
) -> ResponseReturnValue:
    with writing(db.session) as session:
        handle(session, schedule_id, asking().actor, utcnow())
    return _answer(schedule_id, status)


def _answer(schedule_id: int, status: int = 200) -> ResponseReturnValue:
    schedule = handling.find(db.session(), schedule_id)
    last = handling.history(db.session(), schedule, most=1)
    return answer(told(schedule, last[0] if last else None), status)
