"""`smtp schedules`: what is sent when, and how it went, as the terminal sees and handles it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click
from flask_babel import gettext
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.cli import completion
from smtp_panel.cli.command import JsonGroup, json_option, print_json, say, stamp
from smtp_panel.cli.completion import offering
from smtp_panel.cli.options import BadOptions
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.cli.schedule_plan import NEW, plan_of, plan_options
from smtp_panel.panel import current_panel
from smtp_panel.schedules import handling
from smtp_panel.schedules.facts import run_facts, schedule_facts
from smtp_panel.schedules.handling import (
    NoSuchSchedule,
    RunWithFate,
    ScheduleChanged,
    StillRunning,
)
from smtp_panel.schedules.model import Schedule
from smtp_panel.schedules.plan import texts_of
from smtp_panel.schedules.runs import state_of
from smtp_panel.schedules.secret import HeaderSecretNeeded
from smtp_panel.smtp.text import printable
from smtp_panel.storage import LARGEST_ID, db, utcnow, writing
from smtp_panel.telling.refusals import SCHEDULE_CHANGED, STILL_RUNNING
from smtp_panel.words import N_

PAUSED = N_("Schedule %(id)s is paused.")
RESUMED = N_("Schedule %(id)s goes on. What was due meanwhile is left out.")
RUNS = N_("Schedule %(id)s runs within a few seconds, where the panel is serving.")
REMOVED = N_("Schedule %(id)s is removed.")

schedule_argument = click.argument(
    "schedule",
    metavar="ID",
    type=click.IntRange(1, LARGEST_ID),
    help="The id of the schedule.",
    shell_complete=offering(completion.schedules),
)


@click.group(
    "schedules",
    cls=JsonGroup,
    invoke_without_command=True,
    help="What is sent when. Without a command: print every schedule.",
)
@json_option
@click.pass_context
def schedules(context: click.Context, as_json: bool) -> None:
    """The commands about schedules; without one, all of them are listed."""
    if context.invoked_subcommand is None:
        context.invoke(listing, as_json=as_json)


@schedules.command("list")
@json_option
def listing(as_json: bool) -> None:
    """Print every schedule with its next and its last run."""
    with panel():
        _print(handling.listed(db.session()), as_json)


@schedules.command("create")
@plan_options
@json_option
def create(as_json: bool, secret_stdin: bool, **given: Any) -> None:
    """Make a schedule.

    What it sends is from a web address, or from a function of the application.
    """
    with panel(), _refusals():
        plan = plan_of(NEW, given, secret_stdin=secret_stdin)
        cipher, now = current_panel().cipher, utcnow()
        with writing(db.session) as session:
            made = handling.create(session, plan, cipher, by=COMMAND_LINE, now=now).id
        say(gettext("Schedule %(id)s is made.", id=made), as_json=as_json, id=made)


@schedules.command("change")
@schedule_argument
@plan_options
@json_option
def change(schedule: int, as_json: bool, secret_stdin: bool, **given: Any) -> None:
    """Change a schedule.

    What no option names stays: the secret too, as long as it goes where it went.
    """
    with panel(), _refusals(schedule):
        saved = handling.find(db.session(), schedule)
        texts, version = texts_of(saved), saved.version
        plan = plan_of(texts, given, secret_stdin=secret_stdin)
        cipher, by, now = current_panel().cipher, COMMAND_LINE, utcnow()
        with writing(db.session) as session:
            handling.change(session, schedule, plan, cipher, by=by, now=now, version=version)
        told = gettext("Schedule %(id)s is changed.", id=schedule)
        say(told, as_json=as_json, id=schedule)


@schedules.command("pause")
@schedule_argument
@json_option
def pause(schedule: int, as_json: bool) -> None:
    """Let a schedule rest."""
    _handle(schedule, partial(handling.pause, now=utcnow()), PAUSED, as_json)


@schedules.command("resume")
@schedule_argument
@json_option
def resume(schedule: int, as_json: bool) -> None:
    """Let a schedule go on; what was due meanwhile is left out."""
    _handle(schedule, partial(handling.resume, now=utcnow()), RESUMED, as_json)


@schedules.command("run")
@schedule_argument
@json_option
def run(schedule: int, as_json: bool) -> None:
    """Run a schedule at once, beside its times."""
    _handle(schedule, partial(handling.run_now, now=utcnow()), RUNS, as_json)


@schedules.command("remove")
@schedule_argument
@json_option
def remove(schedule: int, as_json: bool) -> None:
    """Remove a schedule and its history; its messages stay."""
    _handle(schedule, handling.remove, REMOVED, as_json)


@schedules.command("history")
@schedule_argument
@json_option
def history(schedule: int, as_json: bool) -> None:
    """Print the last 50 runs of a schedule, the newest first."""
    with panel(), _refusals(schedule):
        session = db.session()
        found = handling.find(session, schedule)
        runs = [run_facts(each) for each in handling.history(session, found)]
    if as_json:
        print_json({"id": schedule, "runs": runs})
        return
    for each in runs:
        due, state, message = stamp(each["due_at"]), each["state"], each["message"] or ""
        click.echo(printable(f"{due}  {state}  {message}  {each['error']}".rstrip()))


def _handle(
    schedule: int, handle: Callable[[Session, int, Actor], None], told: str, as_json: bool
) -> None:
    """Do something with a schedule, and say so by the text `told`."""
    with panel():
        with _refusals(schedule), writing(db.session) as session:
            handle(session, schedule, COMMAND_LINE)
        say(gettext(told, id=schedule), as_json=as_json, id=schedule)


@contextmanager
def _refusals(schedule: int = 0) -> Iterator[None]:
    """Turn what may be raised about a schedule into sentences."""
    try:
        yield
    except NoSuchSchedule:
        raise BadInput(gettext("There is no schedule %(id)s.", id=schedule)) from None
    except StillRunning:
        raise BadInput(gettext(STILL_RUNNING)) from None
    except ScheduleChanged:
        raise click.ClickException(gettext(SCHEDULE_CHANGED)) from None
    except HeaderSecretNeeded as refused:
        raise BadOptions({"secret": refused}) from refused


def _print(listed: list[tuple[Schedule, RunWithFate | None]], as_json: bool) -> None:
    if as_json:
        print_json({"schedules": [schedule_facts(*each) for each in listed]})
        return
    for schedule, last in listed:
        following = stamp(schedule.next_at) if schedule.next_at else "-"
        went = f"{stamp(last.run.due_at)} {last.state}" if last else gettext("not run yet")
        times = gettext("next %(next)s  last %(last)s", next=following, last=went)
        click.echo(f"{schedule.id}  {state_of(schedule):<7}  {times}  {schedule.name}")
    if not listed:
        click.echo(gettext("There are no schedules. `smtp schedules create` makes one."))
