"""The page of the schedules (SPEC M1): what is sent when to whom, and how each run went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session

from smtp_panel.access import limits
from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.audit import Actor
from smtp_panel.mail.front import contents
from smtp_panel.panel import current_panel
from smtp_panel.schedules import handling, rules
from smtp_panel.schedules.handling import ScheduleChanged, StillRunning
from smtp_panel.schedules.model import Schedule
from smtp_panel.schedules.plan import texts_of
from smtp_panel.schedules.runs import state_of
from smtp_panel.schedules.secret import HeaderSecretNeeded
from smtp_panel.schedules.timing import Timing
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.telling.language import in_words, local
from smtp_panel.telling.refusals import STILL_RUNNING, key_unavailable
from smtp_panel.web.changes import ConflictView, changes_in_words
from smtp_panel.web.csrf import stale_form, stale_page
from smtp_panel.web.htmx import fragment, mark_of, still_shows
from smtp_panel.web.schedule_form import FIRST, ScheduleForm
from smtp_panel.web.schedule_words import (
    NEXT,
    next_moment,
    next_moments,
    schedule_run_view,
)

schedules = Blueprint("schedules", __name__, url_prefix="/admin/schedules")
schedules.before_request(require_admin)

ONE = "/<row:schedule_id>"
STATES = {"active": "passed", "paused": "skipped", "failing": "failed"}  # with their pictures

Handle = Callable[[Session, int, Actor], None]


@schedules.get("")
def page() -> ResponseReturnValue:
    """All schedules, each with its next and its last run."""
    rows = [
        (schedule, state_of(schedule), next_moment(schedule), made and schedule_run_view(made))
        for schedule, made in handling.listed(db.session())
    ]
    shown = [
        (row.id, state, soon, run and (run.run.id, run.state)) for row, state, soon, run in rows
    ]
    mark = mark_of(shown)
    if still_shows(mark):
        return "", 204
    template = "schedules/_list.html" if fragment() else "schedules/page.html"
    return render_template(template, rows=rows, state_pictures=STATES, mark=mark)


@schedules.get(ONE)
def show(schedule_id: int) -> ResponseReturnValue:
    """One schedule: its content, its next runs and its history, which a fragment has alone."""
    schedule = handling.find(db.session(), schedule_id)
    return render_template(
        "schedules/_runs.html" if fragment() else "schedules/schedule.html",
        schedule=schedule,
        state=state_of(schedule),
        state_pictures=STATES,
        moments=next_moments(schedule, utcnow()),
        runs=[schedule_run_view(made) for made in handling.history(db.session(), schedule)],
    )


@schedules.get("/new")
def new() -> ResponseReturnValue:
    """The form of a new schedule."""
    return _form_page(_form(_texts(None)))


@schedules.post("/new")
def create() -> ResponseReturnValue:
    """Make a schedule."""
    return _saved(None)


@schedules.get(f"{ONE}/edit")
def edit(schedule_id: int) -> ResponseReturnValue:
    """The form of a schedule."""
    schedule = handling.find(db.session(), schedule_id)
    return _form_page(_form(_texts(schedule)), schedule)


@schedules.post(f"{ONE}/edit")
def change(schedule_id: int) -> ResponseReturnValue:
    """Change a schedule."""
    return _saved(handling.find(db.session(), schedule_id))


@schedules.get("/next")
def following() -> ResponseReturnValue:
    """The next runs of what is being typed, or what is wrong with it: a fragment of the form."""
    if not fragment():
        return redirect(url_for("schedules.new"), 303)
    moments, wrong = _preview(request.args.get("cron", ""), request.args.get("zone", ""))
    return render_template("schedules/_next.html", moments=moments, wrong=wrong)


@schedules.post(f"{ONE}/pause")
def pause(schedule_id: int) -> ResponseReturnValue:
    """Let a schedule rest."""
    return _handled(schedule_id, partial(handling.pause, now=utcnow()))


@schedules.post(f"{ONE}/resume")
def resume(schedule_id: int) -> ResponseReturnValue:
    """Let a schedule go on."""
    done = gettext("Resumed. What was due meanwhile is left out.")
    return _handled(schedule_id, partial(handling.resume, now=utcnow()), done)


@schedules.post(f"{ONE}/run")
def run(schedule_id: int) -> ResponseReturnValue:
    """Run a schedule at once. Like a test it makes the panel connect, and counts as one (L1)."""
    limits.charge_actor("test", signed_in().actor)
    done = gettext("It runs within a few seconds. How it went is shown below.")
    return _handled(schedule_id, partial(handling.run_now, now=utcnow()), done)


@schedules.post(f"{ONE}/remove")
def remove(schedule_id: int) -> ResponseReturnValue:
    """Remove a schedule."""
    there = url_for("schedules.page")
    return _handled(schedule_id, handling.remove, gettext("The schedule is removed."), there)


@schedules.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """The form again with a new token, and with what was typed if it came from our own page."""
    if request.endpoint not in {"schedules.create", "schedules.change"}:
        return stale_page(error)
    schedule = db.session.get(Schedule, (request.view_args or {}).get("schedule_id", 0))
    return _form_page(stale_form(_form, _texts(schedule)), schedule), 400


def _handled(
    schedule_id: int, handle: Handle, done: str = "", there: str | None = None
) -> ResponseReturnValue:
    """Do something with a schedule, then show its page, or that of `there`, with `done` on top."""
    try:
        with writing(db.session) as session:
            handle(session, schedule_id, signed_in().actor)
        if done:
            flash(done, "success")
    except StillRunning:
        flash(gettext(STILL_RUNNING), "error")
    return redirect(there or url_for("schedules.show", schedule_id=schedule_id), 303)


def _saved(schedule: Schedule | None) -> ResponseReturnValue:
    """Save the form as `schedule`, or as a new one; else the form with what is wrong."""
    form = _form()
    valid = form.validate()
    if "take" in request.form:
        form.take(request.form["take"])
        return _form_page(form, schedule)
    if not valid:
        return _form_page(form, schedule), 422
    try:
        schedule_id = _stored(form, schedule)
    except ScheduleChanged:
        saved = handling.find(db.session(), schedule.id if schedule else 0)
        return _conflict_page(form, saved), 409
    except HeaderSecretNeeded as refused:
        form.refuse("secret", refused)
        return _form_page(form, schedule), 422
    except KeyUnavailable as error:
        form.form_errors.append(key_unavailable(error))
        return _form_page(form, schedule), 503
    flash(gettext("Saved."), "success")
    return redirect(url_for("schedules.show", schedule_id=schedule_id), 303)


def _stored(form: ScheduleForm, schedule: Schedule | None) -> int:
    """The id of the schedule that is made as `form` says, a new one where there is none."""
    cipher, by, now = current_panel().cipher, signed_in().actor, utcnow()
    plan, schedule_id = form.reader.plan, schedule.id if schedule else None
    with writing(db.session) as session:
        if schedule_id is None:
            return handling.create(session, plan, cipher, by=by, now=now).id
        version = form.base_version
        handling.change(session, schedule_id, plan, cipher, by=by, now=now, version=version)
        return schedule_id


def _conflict_page(form: ScheduleForm, schedule: Schedule) -> str:
    """The form as it was typed, with what somebody else has saved meanwhile (SPEC V3)."""
    saved, typed = texts_of(schedule), texts_of(form.reader.plan)
    theirs = {name: (None, text) for name, text in saved.items() if text != typed[name]}
    form.version.data = str(schedule.version)
    by, at = schedule.changed_by, schedule.changed_at
    conflict = ConflictView(
        by or schedule.created_by, at or schedule.created_at, changes_in_words(theirs, made=True)
    )
    return _form_page(form, schedule, conflict)


def _texts(schedule: Schedule | None) -> Mapping[str, str]:
    """What the form of `schedule` begins with, without one that of a new one."""
    if schedule is None:
        return FIRST
    return {**texts_of(schedule), "version": str(schedule.version)}


def _form(data: Mapping[str, str] | None = None) -> ScheduleForm:
    panel = current_panel()
    return ScheduleForm(contents(panel.app), http=panel.config.http_content, data=data)


def _form_page(
    form: ScheduleForm, schedule: Schedule | None = None, conflict: ConflictView | None = None
) -> str:
    moments, wrong = _preview(form.cron.data or "", form.zone.data or "")
    return render_template(
        "schedules/form.html",
        form=form,
        schedule=schedule,
        conflict=conflict,
        zones=rules.zones(),
        moments=moments,
        wrong="" if form.cron.errors or form.zone.errors else wrong,
    )


def _preview(cron: str, zone: str) -> tuple[list[str], str]:
    """The next moments that the texts of two fields name, or what is wrong with them."""
    try:
        timing = Timing(rules.cron(cron), rules.time_zone(zone))
    except Refused as refused:
        return [], in_words(refused.sentence)
    return [local(each) for each in timing.following(utcnow(), NEXT)], ""
