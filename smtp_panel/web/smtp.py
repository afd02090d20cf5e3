"""The SMTP page: save, test, and how both went (SPEC sections 2 to 7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from smtp_panel.access import limits
from smtp_panel.access.limits import Attempt, LimitReached
from smtp_panel.access.sign_in import admin_required, current_user
from smtp_panel.access.users import User
from smtp_panel.checks.model import Run, RunState
from smtp_panel.checks.runner import Busy
from smtp_panel.mail.path import Admit, MailPath
from smtp_panel.settings.cipher import KeyUnavailable, Undecryptable
from smtp_panel.settings.kept import PasswordNeeded
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.service import Conflict
from smtp_panel.storage import db
from smtp_panel.web.account import STALE
from smtp_panel.web.forms import SmtpForm
from smtp_panel.web.language import language
from smtp_panel.web.smtp_page import SmtpPage, smtp_page, status_view, test_view
from smtp_panel.words import N_

smtp = Blueprint("smtp", __name__)

BUSY_SECONDS = 5
BUSY = N_("As many tests as possible are under way. Try again in a few seconds.")
LOST = N_("The saved password can't be read, because its key is gone. Type it again.")
TOO_MANY = N_("Too often. Nothing was saved or sent; try again in %(seconds)s seconds.")
KEY_UNAVAILABLE = N_(
    "Nothing was saved, because the password can't be encrypted: the key file %(path)s can't be"
    " used (%(reason)s). Put it right on the server, restart the panel, and save again."
)
NOT_DONE = (Refused, Undecryptable, Conflict, KeyUnavailable, Busy, LimitReached)


@smtp.get("/admin")
@smtp.get("/admin/platform")
@admin_required
def platform() -> ResponseReturnValue:
    """The first page of the panel."""
    return redirect(url_for("smtp.page"), 303)


@smtp.get("/admin/smtp")
@admin_required
def page() -> ResponseReturnValue:
    """The settings in force."""
    return _page(smtp_page(_path()))


@smtp.post("/admin/smtp")
@admin_required
def save() -> ResponseReturnValue:
    """Save, and check in the background; see `page` for how it went."""
    form = SmtpForm()
    suggestion = form.taken_suggestion()
    if suggestion:
        return _page(smtp_page(_path(), suggestion))
    refusal = _refusal(form)
    if refusal or form.draft is None:
        return refusal or abort(400)
    user = _admin()
    try:
        _path().save(
            form.draft,
            user_id=user.id,
            actor=user.email,
            address=request.remote_addr or "",
            base_version=form.base_version,
            admit=_admit("save", user),
        )
    except NOT_DONE as reason:
        return _answer(reason, form)
    flash("", "saved")
    return redirect(url_for("smtp.page"), 303)


@smtp.post("/admin/smtp/test")
@admin_required
def test() -> ResponseReturnValue:
    """Send one message to the admin who pressed, by what stands in the form."""
    form = SmtpForm()
    refusal = _refusal(form)
    if refusal or form.draft is None:
        return refusal or abort(400)
    user = _admin()
    try:
        run = _path().test(
            form.draft,
            place=_path().reserve(),
            user_id=user.id,
            presser=user.email,
            installation=request.url_root,
            language=language(),
            admit=_admit("test", user),
        )
    except NOT_DONE as reason:
        return _answer(reason, form)
    if _fragment():
        return render_template("smtp/_result.html", run=test_view(run))
    return redirect(url_for("smtp.progress", run_id=run.id), 303)


@smtp.get("/admin/smtp/test/<run_id>")
@admin_required
def progress(run_id: str) -> ResponseReturnValue:
    """How a test of one's own goes: the fragment for HTMX, else the page with the draft in it."""
    run = db.session.get(Run, run_id)
    if run is None or run.user_id != _admin().id:
        abort(404)
    if not _fragment():
        return _page(smtp_page(_path(), run.draft, run=run))
    view = test_view(run)
    if view.state == RunState.RUNNING:
        return render_template("smtp/_result.html", run=view)
    return render_template("smtp/_finished.html", run=view, status=status_view())


@smtp.get("/admin/smtp/status")
@admin_required
def status() -> ResponseReturnValue:
    """The badge and, once the check has ended, the three warnings."""
    if not _fragment():
        return redirect(url_for("smtp.page"), 303)
    view = status_view()
    return render_template("smtp/_status.html" if view.poll else "smtp/_checked.html", status=view)


def _refusal(form: SmtpForm) -> ResponseReturnValue | None:
    """What is answered to a form that can't be used: nothing typed is lost."""
    checked = form.check(_path())
    if form.forged:
        return _page(smtp_page(_path(), form.typed, alert=gettext(STALE)), 400)
    if checked.errors:
        return _wrong(form, checked.errors)
    return None


def _wrong(form: SmtpForm, errors: Mapping[str, Refused]) -> ResponseReturnValue:
    shown = smtp_page(_path(), form.typed, errors=errors, notices=form.notices)
    return _page(shown, 422)


@singledispatch
def _answer(reason: Exception, form: SmtpForm) -> ResponseReturnValue:
    """What is answered when a save or a test was not done, by the reason."""
    raise reason


@_answer.register(Refused)
def _(refused: Refused, form: SmtpForm) -> ResponseReturnValue:
    field = "password" if isinstance(refused, PasswordNeeded) else "service"
    return _wrong(form, {field: refused})


@_answer.register(Undecryptable)
def _(_lost: Undecryptable, form: SmtpForm) -> ResponseReturnValue:
    return _wrong(form, {"password": Refused(LOST)})


@_answer.register(Conflict)
def _(conflict: Conflict, form: SmtpForm) -> ResponseReturnValue:
    return _page(smtp_page(_path(), form.typed, conflict=conflict), 409)


@_answer.register(KeyUnavailable)
def _(error: KeyUnavailable, form: SmtpForm) -> ResponseReturnValue:
    alert = gettext(KEY_UNAVAILABLE, path=str(error.path), reason=error.reason)
    return _page(smtp_page(_path(), form.typed, alert=alert), 503)


@_answer.register(Busy)
def _(_busy: Busy, form: SmtpForm) -> ResponseReturnValue:
    return _later(form, gettext(BUSY), BUSY_SECONDS)


@_answer.register(LimitReached)
def _(reached: LimitReached, form: SmtpForm) -> ResponseReturnValue:
    seconds = reached.retry_after
    return _later(form, gettext(TOO_MANY, seconds=seconds), seconds)


def _later(form: SmtpForm, alert: str, seconds: int) -> ResponseReturnValue:
    """Say under the buttons when to try again; the form stays as it is."""
    headers = {"Retry-After": str(seconds)}
    if _fragment():
        place = {"HX-Retarget": "#form-alert", "HX-Reswap": "outerHTML", "HX-Reselect": "unset"}
        return render_template("smtp/_alert.html", alert=alert), 429, headers | place
    return _page(smtp_page(_path(), form.typed, alert=alert), 429, headers)


def _page(
    shown: SmtpPage, code: int = 200, headers: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """The whole page. A test that is answered with it shows it in place of the page."""
    place = {"HX-Retarget": "#main", "HX-Reswap": "outerHTML", "HX-Reselect": "#main"}
    extra = place if _fragment() and code != 200 else {}
    return render_template("smtp/page.html", page=shown), code, {**extra, **(headers or {})}


def _admit(kind: Attempt, user: User) -> Admit:
    return lambda: limits.charge(kind, f"user {user.id}")


def _fragment() -> bool:
    return "HX-Request" in request.headers


def _admin() -> User:
    user = current_user()
    return user if user else abort(403)


def _path() -> MailPath:
    found: MailPath = current_app.extensions["smtp_panel.path"]
    return found
