"""The answers of the SMTP page to a form that was refused: why, with everything that was typed."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from smtp_panel.operations.trials import NoSuchNode
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.service import Conflict
from smtp_panel.telling.language import in_words
from smtp_panel.telling.refusals import field_of
from smtp_panel.web.htmx import fragment, in_place_of
from smtp_panel.web.not_now import NOT_NOW, not_now
from smtp_panel.web.smtp_form import SmtpForm, with_suggestion
from smtp_panel.web.smtp_page import SmtpPage, finding, smtp_page, testing
from smtp_panel.words import N_

NO_ADDRESS = N_(
    "Nothing was sent: your account has no mail address. It has to be told by what signs you in."
)
OPERATION_ERRORS = (Refused, NoSuchNode, Conflict, *NOT_NOW)
Headers = dict[str, str]


def refusal(form: SmtpForm) -> ResponseReturnValue | None:
    """The answer to a form with errors, or whose button only takes over a suggested value."""
    valid = form.validate()
    if "take" in request.form:
        taken = with_suggestion(form.texts, request.form["take"])
        return page(smtp_page(SmtpForm(form.panel, form.saved, sent=taken)))
    return None if valid else page(smtp_page(form), 422)


def answer(reason: Exception, form: SmtpForm) -> ResponseReturnValue:
    """The answer to a save or a test that failed with `reason`, one of OPERATION_ERRORS."""
    match reason:
        case Refused():
            form.refuse(field_of(reason), reason)
            return page(smtp_page(form), 422)
        case Conflict():
            return page(smtp_page(form, conflict=reason), 409)
        case NoSuchNode():
            return said(form, in_words(reason.sentence), 422)
    return said(form, *not_now(reason))


def said(
    form: SmtpForm, text: str, code: int, headers: Headers | None = None
) -> ResponseReturnValue:
    """Why nothing was done, under the button; with HTMX the rest of the page stays as it is."""
    if not fragment():
        return page(smtp_page(form, alert=text), code, headers)
    if finding():
        place = in_place_of("#find-result")
        return render_template("smtp/_not_found.html", alert=text), code, place | (headers or {})
    if not testing():
        return alert(text, code, headers)
    place = in_place_of("#test-result")
    return render_template("smtp/_refused.html", alert=text), code, place | (headers or {})


def alert(text: str, code: int, headers: Headers | None = None, **more: str) -> ResponseReturnValue:
    """The fragment with a message under the buttons."""
    place = in_place_of("#form-alert")
    return render_template("smtp/_alert.html", alert=text, **more), code, place | (headers or {})


def page(shown: SmtpPage, code: int = 200, headers: Headers | None = None) -> ResponseReturnValue:
    """The whole page; with HTMX an error replaces the whole content of the page that is shown."""
    place = in_place_of("#main") if fragment() and code != 200 else {}
    return render_template("smtp/page.html", page=shown), code, place | (headers or {})
