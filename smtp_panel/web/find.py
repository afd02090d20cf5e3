"""The line above the fields: looks settings up, and fills them in (SPEC P1)."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from smtp_panel.access.principal import signed_in
from smtp_panel.finding.finding import Found
from smtp_panel.finding.query import Query
from smtp_panel.panel import current_panel
from smtp_panel.searches import search, search_by_trying
from smtp_panel.web.answers import OPERATION_ERRORS, answer, page
from smtp_panel.web.find_form import Finder, FindForm, finder, found_view
from smtp_panel.web.history import history
from smtp_panel.web.htmx import fragment, in_place_of
from smtp_panel.web.smtp import guard, stale
from smtp_panel.web.smtp_form import SmtpForm, form_sent
from smtp_panel.web.smtp_page import smtp_page

find = Blueprint("find", __name__)
find.before_request(guard)
find.register_error_handler(CSRFError, stale)


@find.post("/admin/smtp/find")
def look() -> ResponseReturnValue:
    """Look up what was typed, try the usual names as well, or take an offer over into the form."""
    form, line = form_sent(), FindForm()
    if "use" in request.form:
        _lead_on(form)
        return page(smtp_page(form))
    query = line.read()
    if query is None:
        return _refused(form, finder(form.saved, history(), line))
    trying = "try" in request.form
    try:
        found = _search(query, trying=trying)
    except OPERATION_ERRORS as reason:
        return answer(reason, form)
    view = found_view(found, form.saved.locked, tried=trying)
    if fragment():
        return render_template("smtp/_looked_up.html", found=view)
    return page(smtp_page(form, finder=finder(form.saved, history(), line, view)))


def _search(query: Query, *, trying: bool) -> Found:
    panel = current_panel()
    return search_by_trying(panel, query, signed_in().actor) if trying else search(panel, query)


def _refused(form: SmtpForm, shown: Finder) -> ResponseReturnValue:
    """What is wrong with what was typed, beside it."""
    if not fragment():
        return page(smtp_page(form, finder=shown), 422)
    return render_template("smtp/_find.html", finder=shown), 422, in_place_of("#finder")


def _lead_on(form: SmtpForm) -> None:
    """Let the page begin at the field that is still to be filled in, with what was taken over."""
    blank = (each for each in (form.server, form.username) if not each.data or "{" in each.data)
    next(blank, form.password).flags.focus = True
