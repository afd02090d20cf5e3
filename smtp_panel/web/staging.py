"""The page of staging: everything goes to one address, or to the sandbox, or to its recipients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from wtforms import EmailField, Field, SelectField, StringField

from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.outbox import staging as switch
from smtp_panel.outbox.staging import SANDBOX, Staging
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing
from smtp_panel.web import choices, widgets
from smtp_panel.web.csrf import stale_form, stale_page
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.validators import field_error
from smtp_panel.web.widgets import PLAIN_INPUT
from smtp_panel.words import N_

staging = Blueprint("staging", __name__, url_prefix="/admin/staging")
staging.before_request(require_admin)


class StagingForm(PanelForm):
    """Where everything goes. `to` is asked only where there is a sandbox."""

    to = SelectField(N_("Everything goes to"), choices=choices.STAGING, widget=widgets.Select())
    address = EmailField(
        N_("Address"),
        description=N_("Whoever reads the mail of this installation while you try things out."),
        widget=widgets.Input(PLAIN_INPUT, kind="email"),
    )
    exceptions = StringField(
        N_("Except mail to"),
        description=N_(
            "Domains whose recipients get their mail as usual, such as your own. Name each"
            " sub-domain by itself. May be empty."
        ),
        widget=widgets.Input(PLAIN_INPUT),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        if current_panel().sandbox is None:
            del self.to
        in_sandbox = "to" in self and self.to.data == SANDBOX
        self.staged_to = SANDBOX if in_sandbox else ""
        self.excepted: tuple[str, ...] = ()

    def validate_address(self, field: Field) -> None:
        """An address, unless everything goes to the sandbox."""
        if self.staged_to == SANDBOX:
            return
        with field_error():
            self.staged_to = switch.address(field.data or "")

    def validate_exceptions(self, field: Field) -> None:
        """Domains, by commas or blanks."""
        with field_error():
            self.excepted = switch.exceptions(field.data or "")


@staging.get("")
def page() -> ResponseReturnValue:
    """Where everything goes, and the form to change that."""
    on = switch.load(db.session.connection())
    return _page(StagingForm(_values(on) if on else {}), on)


@staging.post("")
def turn_on() -> ResponseReturnValue:
    """Send everything elsewhere."""
    form = StagingForm()
    if not form.validate():
        return _page(form, switch.load(db.session.connection())), 422
    with writing(db.session) as session:
        switch.turn_on(session, form.staged_to, form.excepted, signed_in().actor)
    return redirect(url_for("staging.page"), 303)


@staging.post("/off")
def turn_off() -> ResponseReturnValue:
    """Send everything to its recipients."""
    with writing(db.session) as session:
        switch.turn_off(session, signed_in().actor)
    flash(gettext("Staging is off: mail goes to its recipients."), "success")
    return redirect(url_for("staging.page"), 303)


@staging.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """The form again with a new token, and with what was typed if it came from our own page."""
    if request.endpoint != "staging.turn_on":
        return stale_page(error)
    return _page(stale_form(StagingForm), switch.load(db.session.connection())), 400


def _page(form: StagingForm, on: Staging | None) -> str:
    return render_template("outbox/staging.html", form=form, on=on)


def _values(on: Staging) -> dict[str, str]:
    """What the form holds while staging is on."""
    place = {"to": SANDBOX} if on.to_sandbox else {"address": on.address}
    return {**place, "exceptions": " ".join(sorted(on.exceptions))}
