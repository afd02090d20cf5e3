"""The line above the fields: looks settings up, and fills them in (SPEC P1)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from smtp_panel.access.principal import signed_in
from smtp_panel.finding.query import Query
from smtp_panel.operations import searches
from smtp_panel.panel import current_panel
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.settings.fields import VALUES
from smtp_panel.storage import db
from smtp_panel.web.answers import OPERATION_ERRORS, answer, page
from smtp_panel.web.find_form import Finder, FindForm, FoundView, finder, found_view, search_view
from smtp_panel.web.history import history
from smtp_panel.web.htmx import fragment, in_place_of
from smtp_panel.web.smtp import guard, own_run, stale
from smtp_panel.web.smtp_form import SmtpForm, form_sent
from smtp_panel.web.smtp_page import smtp_page

find = Blueprint("find", __name__)
find.before_request(guard)
find.register_error_handler(CSRFError, stale)

STAYS = (*VALUES, "version", "confirm", "find")  # of what is typed, while it is tried


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
    try:
        if query.domain and "try" in request.form:
            return _begin(form, query)
        view = found_view(searches.search(current_panel(), query), form.saved.locked)
    except OPERATION_ERRORS as reason:
        return answer(reason, form)
    return _shown(form, line, view)


@find.get("/admin/smtp/find/<id:run_id>")
def progress(run_id: str) -> ResponseReturnValue:
    """How far one of the admin's own searches by trying is, or what it found."""
    run, panel = own_run(run_id, RunKind.SEARCH), current_panel()
    form = SmtpForm(panel, panel.saved(db.session()), shown=run.draft)
    line = FindForm({"find": run.draft["find"]})
    return _shown(form, line, _view(run, form))


def _begin(form: SmtpForm, query: Query) -> ResponseReturnValue:
    """Start to try the usual names, and show how far that is."""
    typed = {name: form.texts.get(name, "") for name in STAYS}
    run = searches.begin(current_panel(), query, signed_in().actor, typed)
    if not fragment():
        return redirect(url_for("find.progress", run_id=run.id), 303)
    return render_template("smtp/_looked_up.html", found=_view(run, form))


def _view(run: Run, form: SmtpForm) -> FoundView:
    return search_view(run, form.saved.locked, url_for("find.progress", run_id=run.id))


def _shown(form: SmtpForm, line: FindForm, view: FoundView) -> ResponseReturnValue:
    """What was found, below the line."""
    if not fragment():
        return page(smtp_page(form, finder=finder(form.saved, history(), line, view)))
    polled = request.method == "GET" and view.poll
    template = "smtp/_found.html" if polled else "smtp/_looked_up.html"
    return render_template(template, found=view)


def _refused(form: SmtpForm, shown: Finder) -> ResponseReturnValue:
    """What is wrong with what was typed, beside it."""
    if not fragment():
        return page(smtp_page(form, finder=shown), 422)
    return render_template("smtp/_find.html", finder=shown), 422, in_place_of("#finder")


def _lead_on(form: SmtpForm) -> None:
    """Let the page begin at the field that is still to be filled in, with what was taken over."""
    blank = (each for each in (form.server, form.username) if not each.data or "{" in each.data)
    next(blank, form.password).flags.focus = True
