"""What the SMTP page answers to a form that was not followed: why, with all that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from smtp_panel.access.limits import LimitReached, LimitsUnavailable
from smtp_panel.panel import current_panel
from smtp_panel.runs.runner import Busy
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.settings.kept import SecretLost, SecretNeeded
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.service import Conflict
from smtp_panel.storage import StorageError
from smtp_panel.web import errors
from smtp_panel.web.account import STALE
from smtp_panel.web.forms import SmtpForm
from smtp_panel.web.smtp_page import SmtpPage, smtp_page
from smtp_panel.words import N_

BUSY_SECONDS = 5
BUSY = N_("As many tests as possible are under way. Try again in a few seconds.")
TOO_MANY = N_("Too often. Nothing was saved or sent; try again in %(seconds)s seconds.")
KEY_UNAVAILABLE = N_(
    "Nothing was saved, because the secret can't be encrypted: the key file %(path)s can't be"
    " used (%(reason)s). Put it right on the server, restart the panel, and save again."
)
NOT_DONE = (
    Refused,
    Conflict,
    KeyUnavailable,
    Busy,
    LimitReached,
    *errors.UNAVAILABLE,
)
Headers = dict[str, str]


def refusal(form: SmtpForm) -> ResponseReturnValue | None:
    """The answer to a form that can't be used, or that only takes over a suggestion."""
    checked = form.check(current_panel())
    if form.forged:
        return page(smtp_page(current_panel(), form.typed, alert=gettext(STALE)), 400)
    suggestion = form.taken_suggestion()
    if suggestion:
        return page(smtp_page(current_panel(), suggestion))
    if checked.errors:
        return _wrong(form, checked.errors)
    return None


@singledispatch
def answer(reason: Exception, form: SmtpForm) -> ResponseReturnValue:
    """The answer where a save or a test was not done, for one of NOT_DONE."""
    raise reason


@answer.register(Refused)
def _(refused: Refused, form: SmtpForm) -> ResponseReturnValue:
    field = refused.name if isinstance(refused, SecretNeeded | SecretLost) else "service"
    return _wrong(form, {field: refused})


@answer.register(Conflict)
def _(conflict: Conflict, form: SmtpForm) -> ResponseReturnValue:
    return page(smtp_page(current_panel(), form.typed, conflict=conflict), 409)


@answer.register(KeyUnavailable)
def _(error: KeyUnavailable, form: SmtpForm) -> ResponseReturnValue:
    text = gettext(KEY_UNAVAILABLE, path=str(error.path), reason=error.reason)
    return _unavailable(text, form)


@answer.register(LimitsUnavailable)
@answer.register(StorageError)
@answer.register(DBAPIError)
@answer.register(PoolTimeout)
def _(broken: Exception, form: SmtpForm) -> ResponseReturnValue:
    return _unavailable(errors.sentences(broken), form)


@answer.register(Busy)
def _(_busy: Busy, form: SmtpForm) -> ResponseReturnValue:
    return _later(form, gettext(BUSY), BUSY_SECONDS)


@answer.register(LimitReached)
def _(reached: LimitReached, form: SmtpForm) -> ResponseReturnValue:
    return _later(form, gettext(TOO_MANY, seconds=reached.retry_after), reached.retry_after)


def page(shown: SmtpPage, code: int = 200, headers: Headers | None = None) -> ResponseReturnValue:
    """The whole page. A test that is answered with it shows it in place of the page."""
    place = _in_place_of("#main") if fragment() and code != 200 else {}
    return render_template("smtp/page.html", page=shown), code, place | (headers or {})


def alert(text: str, code: int, headers: Headers | None = None, **more: str) -> ResponseReturnValue:
    """A message under the buttons; all else on the page stays as it is."""
    place = _in_place_of("#form-alert")
    return (
        render_template("smtp/_alert.html", alert=text, **more),
        code,
        {**place, **(headers or {})},
    )


def fragment() -> bool:
    """Whether HTMX asks, for a part of the page that it is on."""
    return "HX-Request" in request.headers


def _wrong(form: SmtpForm, refused: Mapping[str, Refused]) -> ResponseReturnValue:
    shown = smtp_page(current_panel(), form.typed, errors=refused, notices=form.notices)
    return page(shown, 422)


def _unavailable(text: str, form: SmtpForm) -> ResponseReturnValue:
    return page(smtp_page(current_panel(), form.typed, alert=text), 503)


def _later(form: SmtpForm, text: str, seconds: int) -> ResponseReturnValue:
    """Say when to try again."""
    headers = {"Retry-After": str(seconds)}
    if fragment():
        return alert(text, 429, headers)
    return page(smtp_page(current_panel(), form.typed, alert=text), 429, headers)


def _in_place_of(selector: str) -> Headers:
    return {"HX-Retarget": selector, "HX-Reswap": "outerHTML", "HX-Reselect": selector}
