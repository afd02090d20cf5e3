"""`smtp schedules`: what is sent when, and how it went, as the terminal sees and handles it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.cli.command import in_json, json_option, say
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.schedules import handling
from smtp_panel.schedules.handling import NoSuchSchedule, RunWithFate, StillRunning
from smtp_panel.schedules.model import Schedule
from smtp_panel.schedules.runs import state_of
from smtp_panel.storage import db, utcnow, writing


@dataclass(frozen=True, slots=True)
class Action:
    """What is done with a schedule, and how that is told."""

    handle: Callable[[Session, int, Actor, datetime], None]
    done: str


ACTIONS = {
    "pause": Action(handling.pause, "is paused."),
    "resume": Action(handling.resume, "goes on. What was due meanwhile is left out."),
    "run": Action(handling.run_now, "runs within a few seconds, where the panel is serving."),
}


@click.command("schedules")
@click.argument(
    "action", type=click.Choice(list(ACTIONS)), required=False, help="What to do with one."
)
@click.argument("schedule", metavar="[ID]", type=int, required=False, help="Which one.")
@json_option
@with_appcontext
def schedules(action: str | None, schedule: int | None, as_json: bool) -> None:
    """Pause, resume or run the schedule with this ID.

    Without either, print every schedule with its next and its last run.
    """
    if action and schedule is None:
        raise click.UsageError(f"Say which schedule to {action}, by its ID.")
    with panel():
        if action and schedule is not None:
            _handle(ACTIONS[action], schedule)
            say(f"Schedule {schedule} {ACTIONS[action].done}", as_json=as_json, id=schedule)
        else:
            _print(handling.listed(db.session()), as_json)


def _handle(action: Action, schedule: int) -> None:
    try:
        with writing(db.session) as session:
            action.handle(session, schedule, COMMAND_LINE, utcnow())
    except NoSuchSchedule:
        raise BadInput(f"There is no schedule {schedule}.") from None
    except StillRunning:
        raise BadInput(f"Nothing was started: schedule {schedule} is running already.") from None


def _print(listed: list[tuple[Schedule, RunWithFate | None]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"schedules": [_facts(*each) for each in listed]}))
        return
    for schedule, last in listed:
        following = in_json(schedule.next_at) or "-"
        went = f"{in_json(last.run.due_at)} {last.state}" if last else "not run yet"
        state = state_of(schedule)
        click.echo(f"{schedule.id}  {state:<7}  next {following}  last {went}  {schedule.name}")
    if not listed:
        click.echo("There are no schedules. Admins make them on the page Schedules.")


def _facts(schedule: Schedule, last: RunWithFate | None) -> dict[str, object]:
    return {
        "id": schedule.id,
        "name": schedule.name,
        "state": state_of(schedule),
        "cron": schedule.cron,
        "zone": schedule.zone,
        "recipients": schedule.recipients,
        "next_at": in_json(schedule.next_at),
        "last": _run(last) if last else None,
    }


def _run(made: RunWithFate) -> dict[str, object]:
    run, error = made.run, made.run.error
    return {
        "due_at": in_json(run.due_at),
        "ended_at": in_json(run.ended_at),
        "by": run.by,
        "state": made.state,
        "error": error["message"] % error["params"] if error else None,
        "message": run.message,
    }
