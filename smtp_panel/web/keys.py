"""The page of the API keys: make one, give it a new secret, revoke it (SPEC 11)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from wtforms import BooleanField, StringField

from smtp_panel.access import keys as stored
from smtp_panel.access.keys import ApiKey, KeyScope, NoSuchKey
from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import in_words
from smtp_panel.web import widgets
from smtp_panel.web.account_forms import display_name
from smtp_panel.web.csrf import stale_form, stale_page
from smtp_panel.web.form_errors import FORM_ERRORS, show_error
from smtp_panel.web.forms import PanelForm
from smtp_panel.words import N_

keys = Blueprint("keys", __name__, url_prefix="/admin/keys")
keys.before_request(require_admin)

SCOPE_LABELS = {
    KeyScope.SEND: N_("Send messages"),
    KeyScope.READ: N_("Read everything"),
    KeyScope.MANAGE: N_("Manage everything"),
}


class KeyForm(PanelForm):
    """A new key."""

    name = StringField(
        N_("Name"),
        [display_name],
        description=N_("The program that will use the key, such as Billing."),
        widget=widgets.Input({"autocomplete": "off"}),
    )
    send = BooleanField(
        SCOPE_LABELS[KeyScope.SEND],
        description=N_("Hand messages over, and see what became of those."),
        widget=widgets.Tick(),
    )
    read = BooleanField(
        SCOPE_LABELS[KeyScope.READ],
        description=N_("Settings, outbox and status, but no secret."),
        widget=widgets.Tick(),
    )
    manage = BooleanField(
        SCOPE_LABELS[KeyScope.MANAGE],
        description=N_("All that an admin may do."),
        widget=widgets.Tick(),
    )

    @property
    def scopes(self) -> list[KeyScope]:
        """What the key may do."""
        return [scope for scope in KeyScope if self[scope.value].data]


@keys.get("")
def page() -> ResponseReturnValue:
    """Every key, and the form for a new one."""
    return _page(KeyForm({"send": True}))


@keys.post("")
def create() -> ResponseReturnValue:
    """Make a key; its secret is on this page and never again."""
    form = KeyForm()
    if not form.validate():
        return _page(form), 422
    try:
        with writing(db.session) as session:
            key, secret = stored.create(
                session, form.name.data or "", form.scopes, signed_in().actor
            )
    except FORM_ERRORS as reason:
        return show_error(reason, form, _page)
    return _page(KeyForm({"send": True}), key, secret)


@keys.post("/<id:client_id>/rotate")
def rotate(client_id: str) -> ResponseReturnValue:
    """Give a key a new secret, which is on this page and never again."""
    try:
        with writing(db.session) as session:
            key, secret = stored.rotate(session, client_id, signed_in().actor)
    except NoSuchKey as refused:
        return _refused(refused)
    return _page(KeyForm({"send": True}), key, secret)


@keys.post("/<id:client_id>/revoke")
def revoke(client_id: str) -> ResponseReturnValue:
    """End a key at once."""
    try:
        with writing(db.session) as session:
            name = stored.revoke(session, client_id, signed_in().actor).name
    except NoSuchKey as refused:
        return _refused(refused)
    flash(
        gettext("%(name)s is revoked: nobody gets in by this key any more.", name=name), "success"
    )
    return redirect(url_for("keys.page"), 303)


@keys.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """The new key again with a new token, and with what was typed if it came from our own page."""
    if request.endpoint != "keys.create":
        return stale_page(error)
    return _page(stale_form(KeyForm, {"send": True})), 400


def _refused(refused: NoSuchKey) -> ResponseReturnValue:
    flash(in_words(refused.sentence), "error")
    return redirect(url_for("keys.page"), 303)


def _page(form: KeyForm, key: ApiKey | None = None, secret: Secret | None = None) -> str:
    """The page; with a `secret` that `key` has just been given."""
    return render_template(
        "keys/page.html",
        form=form,
        keys=stored.listed(db.session),
        overlap=stored.OVERLAP // timedelta(hours=1),
        overlaps=stored.overlaps(db.session),
        scopes=SCOPE_LABELS,
        new=key,
        new_secret=secret.reveal() if secret else "",
    )
