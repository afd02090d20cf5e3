"""The page of deliverability: what the DNS says of the From domain, and what to publish (D5)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from wtforms import Field, TextAreaField

from smtp_panel.access.limits import LimitReached
from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.deliverability import seen
from smtp_panel.deliverability.selectors import Selector, selectors_in
from smtp_panel.operations import looks
from smtp_panel.panel import current_panel
from smtp_panel.runs.threads import Busy
from smtp_panel.storage import db, writing
from smtp_panel.web import widgets
from smtp_panel.web.answers import Headers, alert
from smtp_panel.web.csrf import STALE, is_from_here, stale_page
from smtp_panel.web.deliverability_page import DomainView, domain_view, past_changes
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.htmx import fragment
from smtp_panel.web.not_now import not_now
from smtp_panel.web.validators import field_error
from smtp_panel.web.widgets import PLAIN_INPUT
from smtp_panel.words import N_

deliverability = Blueprint("deliverability", __name__, url_prefix="/admin/deliverability")
deliverability.before_request(require_admin)

WAIT_SECONDS = 1.0  # for the end of a look, which then needs no asking


class SelectorForm(PanelForm):
    """By what the DKIM key of `domain` is found."""

    selector = TextAreaField(
        N_("Selector, or the header of a message that has arrived"),
        description=N_(
            "Open a test message where it has arrived, show its source, and copy all of its header"
            " lines. Only the selector and the domain of a signature are kept."
        ),
        widget=widgets.TextArea({"rows": "3", **PLAIN_INPUT}),
    )

    def __init__(self, domain: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(data)
        self.domain = domain
        self.selectors: list[Selector] = []

    def validate_selector(self, field: Field) -> None:
        """A selector, or signatures."""
        with field_error():
            self.selectors = selectors_in(field.data or "", self.domain)


@deliverability.get("")
def page() -> ResponseReturnValue:
    """What was last seen; for HTMX that part alone, once a look that is under way has ended."""
    view = _view()
    if not fragment():
        return _page(view, SelectorForm(view.domain, {}))
    return ("", 204) if view.awaited else _part(view)


@deliverability.post("")
def look() -> ResponseReturnValue:
    """Look again."""
    return _looked(SelectorForm(_view().domain, {}))


@deliverability.post("/selectors")
def enter() -> ResponseReturnValue:
    """Look again, and for a key that somebody tells of as well."""
    view = _view()
    form = SelectorForm(view.domain)
    return _looked(form) if form.validate() else (_page(view, form), 422)


@deliverability.post("/selectors/forget")
def forget() -> ResponseReturnValue:
    """Look no longer for a key that somebody told of."""
    domain = _view().domain or abort(404)
    name, _, signing = request.form.get("forget", "").partition("@")
    with writing(db.session) as session:
        seen.forget(session, domain, Selector(name, signing), signed_in().actor)
    flash(gettext("This key is looked for no longer."), "success")
    return redirect(url_for("deliverability.page"), 303)


@deliverability.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """The page again with a new token, and with what was typed if it came from our own page."""
    if fragment():
        return stale_page(error)
    view = _view()
    form = SelectorForm(view.domain) if is_from_here() else SelectorForm(view.domain, {})
    return _page(view, form, gettext(STALE)), 400


def _looked(form: SelectorForm) -> ResponseReturnValue:
    """The answer to a form that asks for a look: what it comes to, where that is soon."""
    try:
        begun = looks.begin(current_panel(), signed_in().actor, form.selectors)
    except (Busy, LimitReached) as reason:
        return _refused(form, *not_now(reason))
    if begun:
        begun.join(WAIT_SECONDS)
    return _part(_view()) if fragment() else redirect(url_for("deliverability.page"), 303)


def _refused(form: SelectorForm, why: str, code: int, headers: Headers) -> ResponseReturnValue:
    return alert(why, code, headers) if fragment() else (_page(_view(), form, why), code, headers)


def _view() -> DomainView:
    """The From domain of the settings in force."""
    panel = current_panel()
    return domain_view(panel, panel.saved(db.session()))


def _page(view: DomainView, form: SelectorForm, alert: str = "") -> str:
    """The page; with an `alert`, why nothing was done."""
    return render_template(
        "deliverability/page.html",
        view=view,
        past=past_changes(view.domain),
        form=form,
        alert=alert,
    )


def _part(view: DomainView) -> str:
    """The part of the page that a look changes."""
    past = past_changes(view.domain)
    return render_template("deliverability/_swapped.html", view=view, past=past)
