"""The outbox page: what waits, was sent, failed and why, and what to do about it (SPEC M6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext

from smtp_panel.access.keys import ApiKey
from smtp_panel.access.links import masked
from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.mail.reading import read
from smtp_panel.outbox import handling
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.account_limits import SPANS
from smtp_panel.outbox.claims import has_due
from smtp_panel.outbox.gauge import gauges
from smtp_panel.outbox.handling import Handling, NotPossible
from smtp_panel.outbox.history import history, octets
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import AccountLimits, limits
from smtp_panel.outbox.listing import SEARCHED, ListedMessage, listed
from smtp_panel.outbox.model import Message, MessageState, Pause
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.telling.attempt import attempt_view
from smtp_panel.telling.chart import Period, chart_of
from smtp_panel.telling.language import language
from smtp_panel.telling.next_try import next_try
from smtp_panel.telling.refusals import not_possible
from smtp_panel.web.arguments import text_argument
from smtp_panel.web.htmx import fragment, mark_of, still_shows
from smtp_panel.web.nav import nav
from smtp_panel.words import N_

outbox = Blueprint("outbox", __name__, url_prefix="/admin/outbox")
outbox.before_request(require_admin)


MESSAGES = 50
MESSAGE_STATES = {
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
LIMIT_LABELS = {
    LimitKind.CONNECTIONS: N_("Connections at once"),
    LimitKind.PER_CONNECTION: N_("Messages on one connection"),
    LimitKind.SIZE: N_("Size of a message"),
    LimitKind.RECIPIENTS: N_("Recipients of a message at once"),
    LimitKind.DOMAINS: N_("Domains of recipients at once"),
}
NO_CONTENT = N_("The content of this message is no longer kept.")
DONE = {
    MessageState.WAITING: N_("The message is sent again."),
    MessageState.CANCELLED: N_("The message is cancelled."),
    MessageState.SENT: N_("The message counts as sent."),
    MessageState.FAILED: N_("It counts as sent for those who may have it, and failed for others."),
}
LIMIT_DECISIONS = {
    "lift": (handling.lift_limit, N_("Mail now leaves regardless of this limit.")),
    "keep": (handling.keep_limit, N_("Mail now waits for this limit again.")),
}
DECIDED = {
    "resend": N_("The uncertain messages are sent again."),
    "count-as-sent": N_("The uncertain messages count as sent."),
}


@outbox.get("")
def page() -> ResponseReturnValue:
    """The newest messages, by state, recipient or subject; or those beside `before` or `after`."""
    state, about = request.args.get("state", type=MessageState), text_argument("q")
    period = request.args.get("period", type=Period)
    asked = {"state": state, "q": about or None, "period": period}
    shown, older, newer = _sheet(state, about, asked)
    now, pause = utcnow(), db.session.get_one(Pause, 1)
    full = pause.full_until is not None and pause.full_until > now
    waits = full and has_due(db.session.connection(), now)
    undecided = handling.uncertain(db.session.connection())
    rows = [(each.id, each.state, each.attempts) for each in shown]
    mark = mark_of((nav().warning, nav().waits, nav().paused, pause.until, waits, undecided, rows))
    if still_shows(mark):
        return "", 204
    beside = {name: text_argument(name) or None for name in ("before", "after")}
    again: dict[str, Any] = {**asked, **beside, "seen": mark}
    return render_template(
        "outbox/_changed.html" if fragment() else "outbox/page.html",
        again=url_for("outbox.page", **again),
        messages=shown,
        older=older,
        newer=newer,
        chosen=state,
        about=about,
        searched=format_decimal(SEARCHED),
        chart=chart_of(db.session.connection(), period or Period.DAY, now, nav().waiting),
        asked=asked,
        pause=pause,
        waits_until=pause.full_until if waits else None,
        gauges=gauges(db.session.connection(), _account(), now),
        limits=_limits(),
        limit_labels=LIMIT_LABELS,
        uncertain=undecided,
        uncertain_most=handling.AT_ONCE,
        now=now,
        states=MESSAGE_STATES,
        state_pictures=PICTURES,
    )


@outbox.get("/<id:message_id>")
def message(message_id: str) -> ResponseReturnValue:
    """One message: what became of it for each recipient, and each attempt."""
    found = history(db.session(), message_id)
    queued, pause = found.queued, db.session.get_one(Pause, 1)
    return render_template(
        "outbox/message.html",
        history=found,
        next_try=next_try(queued.due, pause, utcnow()) if queued and not queued.owner else "",
        key=db.session.get(ApiKey, found.message.key_id) if found.message.key_id else None,
        attempts=[attempt_view(each, language()) for each in found.attempts],
        states=MESSAGE_STATES,
        state_pictures=PICTURES,
    )


@outbox.get("/<id:message_id>/content")
def content(message_id: str) -> ResponseReturnValue:
    """What a message says, as long as it is stored, but for one-time links in it."""
    found = db.session.get(Message, message_id) or abort(404)
    raw = octets(db.session.connection(), message_id)
    if raw is None:
        flash(gettext(NO_CONTENT), "warning")
        return redirect(url_for("outbox.message", message_id=message_id), 303)
    mail = read(raw)
    shown = replace(mail, text=masked(mail.text), html_text=masked(mail.html_text))
    return render_template("outbox/content.html", message=found, mail=shown, has_link=shown != mail)


@outbox.post("/<id:message_id>/resend")
def resend(message_id: str) -> ResponseReturnValue:
    """Send a message again to those who do not have it."""
    return _handled(message_id, handling.resend)


@outbox.post("/<id:message_id>/cancel")
def cancel(message_id: str) -> ResponseReturnValue:
    """Cancel a message that waits."""
    return _handled(message_id, handling.cancel)


@outbox.post("/<id:message_id>/count-as-sent")
def count_as_sent(message_id: str) -> ResponseReturnValue:
    """Count an uncertain message as sent."""
    return _handled(message_id, handling.count_as_sent)


@outbox.post("/uncertain")
def uncertain() -> ResponseReturnValue:
    """Send all messages again that are uncertain, or count them as sent."""
    decision = request.form.get("decision", "")
    handle = handling.DECISIONS.get(decision) or abort(400)
    with writing(db.session) as session:
        handling.each_uncertain(session, handle, signed_in().actor)
    flash(gettext(DECIDED[decision]), "success")
    return redirect(url_for("outbox.page"), 303)


@outbox.post("/limits")
def limit() -> ResponseReturnValue:
    """Keep to a limit of the mail server no more, or again."""
    decide, done = LIMIT_DECISIONS.get(request.form.get("decision", "")) or abort(400)
    kind = SPANS.get(request.form.get("span", "")) or abort(400)
    with writing(db.session) as session:
        decide(session, _account(), kind, signed_in().actor)
    flash(gettext(done), "success")
    return redirect(url_for("outbox.page"), 303)


@outbox.post("/pause")
def pause() -> ResponseReturnValue:
    """Send nothing for now."""
    with writing(db.session) as session:
        handling.hold(session, signed_in().actor)
    return redirect(url_for("outbox.page"), 303)


@outbox.post("/resume")
def resume() -> ResponseReturnValue:
    """Send again."""
    with writing(db.session) as session:
        handling.release(session, signed_in().actor)
    flash(gettext("Sending goes on."), "success")
    return redirect(url_for("outbox.page"), 303)


def _limits() -> AccountLimits:
    """What is known of the server that the settings in force name, beside what is gauged."""
    found = limits(db.session.connection(), _account().key, utcnow())
    return {kind: limit for kind, limit in found.items() if kind in LIMIT_LABELS}


def _account() -> Account:
    return current_panel().account(db.session())


def _sheet(
    state: MessageState | None, about: str, asked: Mapping[str, Any]
) -> tuple[list[ListedMessage], str | None, str | None]:
    """A page of messages, and where the older and the newer ones are of what is `asked` for."""
    connection = db.session.connection()
    before, after = text_argument("before"), text_argument("after")

    def found(**beside: str) -> list[ListedMessage]:
        return listed(connection, state=state, about=about, most=MESSAGES + 1, **beside)

    def link(**beside: str) -> str:
        values: dict[str, Any] = {**asked, **beside}
        return url_for("outbox.page", **values)

    messages = found(after=after) if after else []
    has_newer = len(messages) > MESSAGES
    if has_newer:
        shown, has_older = messages[1:], True
    else:  # a whole page, where fewer than that are newer
        messages = found(before="" if after else before)
        shown, has_older, has_newer = messages[:MESSAGES], len(messages) > MESSAGES, bool(before)
    return (
        shown,
        link(before=shown[-1].id) if has_older else None,
        link(after=shown[0].id) if has_newer and shown else None,
    )


def _handled(message_id: str, handle: Handling) -> ResponseReturnValue:
    try:
        with writing(db.session) as session:
            state = handle(session, message_id, signed_in().actor)
        flash(gettext(DONE[state]), "success")
    except NotPossible as error:
        flash(not_possible(error), "error")
    return redirect(url_for("outbox.message", message_id=message_id), 303)
