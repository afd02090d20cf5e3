"""The kinds of mail that the panel sends, to be looked at, and where alerts go (SPEC M1, W8)."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from smtp_panel.access import limits
from smtp_panel.access.principal import own_address, require_admin, signed_in
from smtp_panel.alerts.event import AlertType
from smtp_panel.alerts.model import WEBHOOK, Alert
from smtp_panel.alerts.told import NotTold
from smtp_panel.alerts.trial import ARRIVED, NOT_ARRIVED, send_test_alert
from smtp_panel.alerts.webhook import webhook_of
from smtp_panel.mail import occasions
from smtp_panel.mail.occasions import ACCOUNTS, KINDS, NOTICES, TEST, MailKind
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing
from smtp_panel.telling.errors import error_in_words
from smtp_panel.telling.language import LANGUAGES, language
from smtp_panel.web.accepted import flash_accepted
from smtp_panel.web.answers import NO_ADDRESS
from smtp_panel.words import N_

mail_kinds = Blueprint("mail", __name__, url_prefix="/admin/mail")
mail_kinds.before_request(require_admin)

ALERTS = 10  # that are shown
NO_SERVICE = N_("Nothing was sent: no mail service is set up. Set one up on the SMTP page.")
GROUPS = {
    N_("Trying it out"): (TEST,),
    N_("Accounts"): ACCOUNTS,
    N_("What admins are told"): NOTICES,
}
EVENT_LABELS = {
    AlertType.BROKEN: N_("Mail is failing"),
    AlertType.RECOVERED: N_("Mail works again"),
}


@mail_kinds.get("")
def page() -> ResponseReturnValue:
    """Each kind of mail, and the last alerts of the webhook."""
    newest = select(Alert).where(Alert.recipient == WEBHOOK).order_by(Alert.id.desc())
    config = current_panel().config
    return render_template(
        "mail/page.html",
        groups=GROUPS,
        webhook=webhook_of(config),
        pings=bool(config.ping_url),
        alerts=list(db.session.scalars(newest.limit(ALERTS))),
        events=EVENT_LABELS,
    )


@mail_kinds.get("/<kind_id>")
def preview(kind_id: str) -> ResponseReturnValue:
    """A kind of mail with sample facts, as text and HTML, in one language."""
    kind, chosen = _kind(kind_id), _language()
    return render_template(
        "mail/preview.html",
        kind=kind,
        chosen=chosen,
        message=occasions.sample(kind, chosen),
        can_send=occasions.can_send(),
    )


@mail_kinds.get("/<kind_id>/html")
def html(kind_id: str) -> ResponseReturnValue:
    """The HTML of a preview, for the frame in it."""
    return occasions.sample(_kind(kind_id), _language()).html or ""


@mail_kinds.post("/<kind_id>")
def send(kind_id: str) -> ResponseReturnValue:
    """Send a sample to whoever asks, by the outbox; it counts as a test (SPEC L1)."""
    kind, email, chosen = _kind(kind_id), own_address(), _language()
    back = redirect(url_for("mail.preview", kind_id=kind.id, language=chosen), 303)
    if not occasions.can_send():
        flash(gettext(NO_SERVICE), "error")
        return back
    if not email:
        flash(gettext(NO_ADDRESS), "error")
        return back
    limits.charge_actor("test", signed_in().actor)
    with writing(db.session):
        occasions.send(kind, kind.sample, recipient=email, language=chosen)
    flash_accepted(email)
    return back


@mail_kinds.post("")
def test_alert() -> ResponseReturnValue:
    """Send a test alert to the webhook, and say what it answered; it counts as a test (L1)."""
    webhook = webhook_of(current_panel().config) or abort(404)
    limits.charge_actor("test", signed_in().actor)
    db.session.rollback()  # no transaction waits for the network
    try:
        send_test_alert(current_panel(), webhook)
    except NotTold as error:
        why = error_in_words(error.why)
        flash(gettext(NOT_ARRIVED, why=why), "error")
    else:
        flash(gettext(ARRIVED), "success")
    return redirect(url_for("mail.page"), 303)


def _kind(kind_id: str) -> MailKind:
    return next((kind for kind in KINDS if kind.id == kind_id), None) or abort(404)


def _language() -> str:
    """The language that is asked for, else that of the page."""
    asked = request.values.get("language")
    return asked if asked in LANGUAGES else language()
