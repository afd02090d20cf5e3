"""The page of senders: from which addresses the mail server lets this installation send."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from smtp_panel.access.limits import LimitReached
from smtp_panel.access.principal import own_address, require_admin, signed_in
from smtp_panel.check.senders import SenderAnswer, SenderState
from smtp_panel.operations import senders as asking
from smtp_panel.operations.senders import SenderInUse, Use
from smtp_panel.panel import current_panel
from smtp_panel.runs.asked_senders import SendersAsked, last_asked
from smtp_panel.runs.threads import Busy
from smtp_panel.settings.draft import NoDefaultService
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.telling.labels import SENDER_STATE_LABELS
from smtp_panel.telling.language import in_words, language
from smtp_panel.web.answers import Headers, alert
from smtp_panel.web.htmx import fragment
from smtp_panel.web.not_now import not_now
from smtp_panel.words import N_

senders = Blueprint("senders", __name__, url_prefix="/admin/senders")
senders.before_request(require_admin)

USES = {
    Use.FROM: N_("From"),
    Use.ENVELOPE_SENDER: N_("Envelope sender"),
    Use.REPLY_TO: N_("Reply-To"),
    Use.SCHEDULES: N_("Schedules"),
    Use.PROGRAMS: N_("Messages accepted lately"),
}
PICTURES = {
    SenderState.TAKEN: "passed",
    SenderState.REFUSED: "failed",
    SenderState.UNKNOWN: "warned",
}


@dataclass(frozen=True, slots=True)
class SenderRow:
    """An address in the table, with what the server said to it, None where it was not asked."""

    address: str
    uses: list[str]
    answer: SenderAnswer | None

    @property
    def cause(self) -> str:
        """Why it is not taken."""
        why = self.answer.diagnosis if self.answer else None
        return why.cause(language(), in_words) if why else ""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        why = self.answer.diagnosis if self.answer else None
        return why.remedy(language()) if why else ""


@senders.get("")
def page() -> ResponseReturnValue:
    """The addresses and what the server said the last time; a fragment while it is being asked."""
    return _page()


@senders.post("")
def ask() -> ResponseReturnValue:
    """Ask the server anew, and send nothing."""
    try:
        asking.begin(current_panel(), signed_in().actor, own_address())
    except Refused as refused:
        return _refused(in_words(refused.sentence), 422)
    except (Busy, LimitReached) as reason:
        return _refused(*not_now(reason))
    return _page() if fragment() else redirect(url_for("senders.page"), 303)


def _refused(text: str, code: int, headers: Headers | None = None) -> ResponseReturnValue:
    """Why nobody was asked, under the button."""
    return alert(text, code, headers) if fragment() else (_page(text), code, headers or {})


def _page(why: str = "") -> str:
    session, panel = db.session(), current_panel()
    saved, asked = panel.saved(session), last_asked(session)
    try:
        in_use = asking.senders_in_use(session, panel, saved)
    except NoDefaultService as refused:
        in_use, why = [], why or in_words(refused.sentence)
    template = "senders/_asked.html" if fragment() else "senders/page.html"
    return render_template(
        template,
        rows=_rows(in_use, asked),
        asked=asked,
        earlier=asked is not None and asked.settings_version != saved.version,
        recipient=own_address(),
        alert=why,
        more=gettext(asking.AT_MOST, most=asking.MOST) if len(in_use) == asking.MOST else "",
        states=SENDER_STATE_LABELS,
        state_pictures=PICTURES,
    )


def _rows(in_use: list[SenderInUse], asked: SendersAsked | None) -> list[SenderRow]:
    told = asked.told() if asked else {}
    return [
        SenderRow(each.address, [gettext(USES[use]) for use in each.uses], told.get(each.address))
        for each in in_use
    ]
