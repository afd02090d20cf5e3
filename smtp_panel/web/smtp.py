"""The SMTP page: showing, saving and testing the settings (SPEC sections 2 to 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from sqlalchemy.orm import defer
from sqlalchemy.orm.interfaces import ORMOption

from smtp_panel.access.principal import current_principal, own_address, require_admin, signed_in
from smtp_panel.operations import failures, trials
from smtp_panel.panel import current_panel
from smtp_panel.runs.asked import runs_of
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.sandbox import OFF
from smtp_panel.settings import confirmation
from smtp_panel.settings.draft import Draft
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import language
from smtp_panel.telling.verdict import verdict_of
from smtp_panel.web.answers import NO_ADDRESS, OPERATION_ERRORS, alert, answer, refusal, said
from smtp_panel.web.answers import page as whole_page
from smtp_panel.web.csrf import STALE, is_from_here
from smtp_panel.web.history import history
from smtp_panel.web.htmx import fragment
from smtp_panel.web.links import linked
from smtp_panel.web.provider import provider_view
from smtp_panel.web.smtp_form import SmtpForm, form_sent
from smtp_panel.web.smtp_page import locked_by, note_saved, result_view, smtp_page, testing
from smtp_panel.web.smtp_status import CHECKING, status_view
from smtp_panel.words import N_

smtp = Blueprint("smtp", __name__)
smtp.add_app_template_filter(linked)
smtp.add_app_template_global(locked_by)

SIGNED_OUT = N_("Your session has ended. What you typed is still here: sign in, then press again.")


@smtp.before_request
def guard() -> ResponseReturnValue | None:
    """Admins only. A fragment of the page is not redirected, so that what was typed is not lost."""
    if not fragment() or current_principal():
        return require_admin()
    there = url_for("public.login", next=url_for("smtp.page"))
    unsent = f"{gettext('Nothing was sent.')} " if testing() else ""
    return alert(unsent + gettext(SIGNED_OUT), 401, sign_in=there)


@smtp.get("/admin")
@smtp.get("/admin/platform")
def platform() -> ResponseReturnValue:
    """The first page of the panel."""
    return redirect(url_for("smtp.page"), 303)


@smtp.get("/admin/smtp")
def page() -> ResponseReturnValue:
    """The settings in force."""
    return whole_page(smtp_page(_form()))


@smtp.post("/admin/smtp")
def save() -> ResponseReturnValue:
    """Save, and check in the background; the page shows the result.

    Enter in the line above the fields, before there is a mail server to save, looks it up.
    """
    sent = request.form
    if "enter" in sent and sent.get("find") and not sent.get("server"):
        return redirect(url_for("find.look"), 307)  # with all that was sent
    form = form_sent()
    if refused := refusal(form):
        return refused
    try:
        confirm, by = bool(form.confirm.data), signed_in().actor
        current_panel().save(form.draft, by, form.base_version, confirm=confirm)
    except OPERATION_ERRORS as reason:
        return answer(reason, form)
    note_saved(form.notices)
    return redirect(url_for("smtp.page", _anchor="save"), 303)


@smtp.post("/admin/smtp/back")
def go_back() -> ResponseReturnValue:
    """Put the last settings that worked in force again; the page shows whether they still do."""
    try:
        current_panel().go_back(signed_in().actor, form_sent().base_version)
    except OPERATION_ERRORS as reason:
        return answer(reason, _form())
    flash(gettext("The settings that worked are in force again."), "success")
    return redirect(url_for("smtp.page"), 303)


@smtp.post("/admin/smtp/confirm")
def confirm() -> ResponseReturnValue:
    """Let the settings in force stay so; see `settings.confirmation`."""
    version, by = form_sent().base_version, signed_in().actor
    try:
        with writing(db.session) as session:
            confirmation.confirm(session, current_panel().environment, version, by=by)
    except OPERATION_ERRORS as reason:
        return answer(reason, _form())
    flash(gettext("These settings stay in force."), "success")
    return redirect(url_for("smtp.page"), 303)


@smtp.post("/admin/smtp/test")
def test() -> ResponseReturnValue:
    """Send one message to the admin who pressed, by what stands in the form.

    It leaves from here, from a chosen node, or from each of all. Where the sandbox is told to fail,
    one button ends that first.
    """
    form, node = form_sent(), request.form.get("node", "")
    if refused := refusal(form):
        return refused
    if not own_address():
        return said(form, gettext(NO_ADDRESS), 422)
    if request.form.get("failure") == OFF:
        failures.end(current_panel(), signed_in().actor)
    try:
        runs = _begin(form.draft, node)
    except OPERATION_ERRORS as reason:
        return answer(reason, form)
    asked_id = runs[0].batch or runs[0].id
    if fragment():
        return _shown(asked_id, runs)
    tick = "1" if form.confirm.data else None
    kept: dict[str, Any] = {"version": form.base_version, "confirm": tick, "node": node or None}
    there = url_for("smtp.progress", run_id=asked_id, **kept)
    return redirect(there, 303)


@smtp.get("/admin/smtp/test/<id:run_id>")
def progress(run_id: str) -> ResponseReturnValue:
    """The state of one of the admin's own tests: a fragment, or the page with the tested draft.

    Of tests that were asked of all nodes at once it is that of all.
    """
    runs = _own_tests(run_id)
    if not fragment():
        form = _form(runs[0].draft | _kept())
        return whole_page(smtp_page(form, result=result_view(run_id, runs)))
    return _shown(run_id, runs)


@smtp.get("/admin/smtp/test/<id:run_id>/arrival")
def arrival(run_id: str) -> ResponseReturnValue:
    """Whether the message of one of the admin's own tests has arrived."""
    if not fragment():
        return redirect(url_for("smtp.progress", run_id=run_id), 303)
    unused = (Run.steps, Run.transcript)
    verdict = verdict_of(own_run(run_id, RunKind.TEST, *map(defer, unused)), request.path)
    past = history() if verdict.arrived else []
    return render_template("smtp/_arrival.html", verdict=verdict, history=past)


@smtp.get("/admin/smtp/status")
def status() -> ResponseReturnValue:
    """The badge and, once a check has ended, the three warnings; 204 if nothing changed."""
    if not fragment():
        return redirect(url_for("smtp.page"), 303)
    view = status_view()
    if view.state == CHECKING:
        return render_template("smtp/_status.html", status=view)
    seen = request.args.get("seen", "")
    if seen == view.seen:
        return "", 204
    return render_template("smtp/_checked.html", status=view, news=view.tells_news(seen))


@smtp.get("/admin/smtp/provider")
def provider() -> ResponseReturnValue:
    """What the provider wants to which the mail server that is being typed belongs (SPEC P2)."""
    if not fragment():
        return redirect(url_for("smtp.page"), 303)
    server, username = (request.args.get(name, "") for name in ("server", "username"))
    view = provider_view(server, username)
    return render_template("smtp/_wanted.html", **view._asdict())


def _form(shown: Mapping[str, str] | None = None) -> SmtpForm:
    """The form with the settings in force, or with what is to be shown in their place."""
    panel = current_panel()
    return SmtpForm(panel, panel.saved(db.session()), shown=shown)


@smtp.errorhandler(CSRFError)
def stale(_error: CSRFError) -> ResponseReturnValue:
    """The page again with a new token, and with what was typed if it came from our own page."""
    form = form_sent() if is_from_here() else _form()
    return whole_page(smtp_page(form, alert=gettext(STALE)), 400)


def _begin(draft: Draft, node: str) -> Sequence[Run]:
    """Test from here, or ask `node` or all of them."""
    panel, by, to = current_panel(), signed_in().actor, own_address()
    if not node:
        return [trials.begin(panel, draft, by, language=language(), recipient=to)]
    return trials.ask(panel, draft, by, node, language=language(), recipient=to)


def _shown(asked_id: str, runs: Sequence[Run]) -> str:
    """The result so far; once it is the last, with all that it changes elsewhere on the page."""
    result = result_view(asked_id, runs)
    if result.poll:
        begins = request.method == "POST"
        return render_template(f"smtp/{'_begun' if begins else '_result'}.html", result=result)
    return render_template(
        "smtp/_finished.html", result=result, status=status_view(), history=history()
    )


def own_run(run_id: str, kind: RunKind, *options: ORMOption) -> Run:
    """The run of this kind with this id, if it is one of this admin's; else 404."""
    mine = Run.id == run_id, Run.kind == kind, Run.user_id == signed_in().id
    wanted = select(Run).where(*mine).options(*options)
    return db.session.scalar(wanted) or abort(404)


def _own_tests(run_id: str) -> Sequence[Run]:
    """The test with this id, or those that were asked together as it; else 404."""
    runs = runs_of(db.session, run_id)
    return [run for run in runs if run.user_id == signed_in().id] or abort(404)


def _kept() -> dict[str, str]:
    """What the form held beside the tested draft: the version that it started from, and a tick."""
    return {name: request.args[name] for name in ("version", "confirm") if name in request.args}
