"""The outbox page: what waits, was sent, failed and why, and what to do about it (SPEC M6)."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import handling
from smtp_panel.outbox.handling import NoSuchMessage, NotPossible
from smtp_panel.outbox.model import MessageState, Pause
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import language
from smtp_panel.words import N_

outbox = Blueprint("outbox", __name__, url_prefix="/admin/outbox")
outbox.before_request(require_admin)


@outbox.url_value_preprocessor
def _is_an_id(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """What can't be an id is not asked of the database."""
    if values and not values["message_id"].isalnum():
        abort(404)


MESSAGES = 50
STATE_LABELS = {
    MessageState.WAITING: N_("Waiting"),
    MessageState.SENDING: N_("Sending"),
    MessageState.SENT: N_("Sent"),
    MessageState.FAILED: N_("Failed"),
    MessageState.UNCERTAIN: N_("Uncertain"),
    MessageState.CANCELLED: N_("Cancelled"),
}
PICTURES = {
    MessageState.WAITING: "pending",
    MessageState.SENDING: "running",
    MessageState.SENT: "passed",
    MessageState.FAILED: "failed",
    MessageState.UNCERTAIN: "warned",
    MessageState.CANCELLED: "skipped",
}
NOT_POSSIBLE = {
    MessageState.WAITING: N_("Nothing was changed: the message still waits to be sent."),
    MessageState.SENDING: N_("Nothing was changed: the message is being sent right now."),
    MessageState.SENT: N_("Nothing was changed: the message was sent in the meantime."),
}
KEPT_NO_LONGER = N_("Nothing was changed: the content of this message is kept no longer.")


@outbox.get("")
def page() -> ResponseReturnValue:
    """The newest messages, by state, recipient or subject, and those before `before`."""
    state = request.args.get("state", type=MessageState)
    about, before = _argument("q"), _argument("before")
    found = handling.listed(
        db.session.connection(), state=state, about=about, before=before, most=MESSAGES + 1
    )
    shown = found[:MESSAGES]
    older = None
    if len(found) > MESSAGES:
        older = url_for("outbox.page", before=shown[-1].id, state=state, q=about or None)
    return render_template(
        "outbox/page.html",
        messages=shown,
        older=older,
        chosen=state,
        about=about,
        pause=db.session.get(Pause, 1),
        states=STATE_LABELS,
        state_pictures=PICTURES,
    )


@outbox.get("/<message_id>")
def message(message_id: str) -> ResponseReturnValue:
    """One message: what became of it for each recipient, and each attempt."""
    try:
        found = handling.history(db.session(), message_id)
    except NoSuchMessage:
        abort(404)
    return render_template(
        "outbox/message.html",
        history=found,
        diagnoses={each.id: _told(each.diagnosis) for each in found.attempts},
        states=STATE_LABELS,
        state_pictures=PICTURES,
    )


@outbox.post("/<message_id>/resend")
def resend(message_id: str) -> ResponseReturnValue:
    """Send a message again to those who do not have it."""
    return _handled(message_id, again=True)


@outbox.post("/<message_id>/cancel")
def cancel(message_id: str) -> ResponseReturnValue:
    """Send a message no more."""
    return _handled(message_id, again=False)


@outbox.post("/pause")
def pause() -> ResponseReturnValue:
    """Send nothing for now."""
    with writing(db.session) as session:
        handling.hold(session, signed_in().actor)
    flash(gettext("Sending is paused. What is accepted meanwhile waits."), "success")
    return redirect(url_for("outbox.page"), 303)


@outbox.post("/resume")
def resume() -> ResponseReturnValue:
    """Send again."""
    with writing(db.session) as session:
        handling.release(session, signed_in().actor)
    flash(gettext("Sending goes on."), "success")
    return redirect(url_for("outbox.page"), 303)


def _argument(name: str) -> str:
    """What is asked for by this name, without what no text holds; PostgreSQL takes no NUL."""
    return "".join(filter(str.isprintable, request.args.get(name, ""))).strip()


def _handled(message_id: str, *, again: bool) -> ResponseReturnValue:
    by = signed_in().actor
    handle = handling.resend if again else handling.cancel
    done = N_("The message is sent again.") if again else N_("The message is cancelled.")
    try:
        with writing(db.session) as session:
            handle(session, message_id, by)
        flash(gettext(done), "success")
    except NoSuchMessage:
        abort(404)
    except NotPossible as error:
        flash(gettext(NOT_POSSIBLE.get(error.state, KEPT_NO_LONGER)), "error")
    return redirect(url_for("outbox.message", message_id=message_id), 303)


def _told(diagnosis: dict[str, object] | None) -> tuple[str, str] | None:
    """Cause and remedy of an attempt that failed."""
    if not diagnosis:
        return None
    found = Diagnosis.from_json(diagnosis)
    return found.cause(language()), found.remedy(language())
