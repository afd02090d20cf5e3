"""What an admin wants to be told by mail, chosen on their own page (SPEC M1)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import BooleanField

from smtp_panel.access.principal import own_account, require_admin
from smtp_panel.access.users import User
from smtp_panel.alerts.notices import choose, wanted_by
from smtp_panel.mail.occasions import (
    ENDS_SOON,
    MAIL_FAILING,
    MAIL_RECOVERED,
    NOTICES,
    SETTINGS_CHANGED,
)
from smtp_panel.storage import db, writing
from smtp_panel.web import widgets
from smtp_panel.web.forms import PanelForm
from smtp_panel.words import N_

notices = Blueprint("notices", __name__)
notices.before_request(require_admin)


class NoticesForm(PanelForm):
    """A box for each kind of notice, by its id."""

    mail_failing = BooleanField(
        MAIL_FAILING.name,
        description=N_("By the default mail service, where you use a custom one."),
        widget=widgets.Tick(),
    )
    mail_recovered = BooleanField(
        MAIL_RECOVERED.name,
        description=N_("As soon as mail leaves again after it did not."),
        widget=widgets.Tick(),
    )
    settings_changed = BooleanField(
        SETTINGS_CHANGED.name,
        description=N_("By somebody else: who it was, and which fields."),
        widget=widgets.Tick(),
    )
    ends_soon = BooleanField(
        ENDS_SOON.name,
        description=N_("A certificate, or the client secret: 30 days, 7 days and 1 day ahead."),
        widget=widgets.Tick(),
    )


def notices_form(user: User) -> NoticesForm | None:
    """What `user` has chosen; None for whoever is told nothing: members, and without an address."""
    if not (user.is_admin and user.email):
        return None
    return NoticesForm(dict.fromkeys(wanted_by(db.session, user.id), True))


@notices.post("/notices")
def save() -> ResponseReturnValue:
    """Change what is told to whoever asks."""
    form = NoticesForm()
    wanted = {kind.id for kind in NOTICES if form[kind.id].data}
    with writing(db.session) as session:
        choose(session, own_account(locked=True).id, wanted)
    flash(gettext("Saved."), "success")
    return redirect(url_for("account.home"), 303)
