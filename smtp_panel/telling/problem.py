"""What keeps mail from leaving, in words (SPEC W3)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask_babel import format_decimal, gettext, ngettext

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.status.model import Health
from smtp_panel.status.standing import COUNTED, Standing
from smtp_panel.telling.language import language
from smtp_panel.words import N_

HEADLINES = {
    Health.FAILED: N_("Mail is not leaving this installation"),
    Health.UNCONFIGURED: N_("No mail service is set up"),
    Health.SECRET_LOST: N_("A saved secret can't be read"),
}
HEALTH_TEXTS = {
    Health.FAILED: (N_("The last check failed."), ""),
    Health.UNCONFIGURED: (
        N_("This installation can't send invitations, password resets or reports."),
        N_("Fill in the mail server below, save, and send yourself a test email."),
    ),
    Health.SECRET_LOST: (
        N_("The key that encrypts saved secrets is missing or is another one."),
        N_(
            "Type the password or the client secret again and save, or bring the old key back and"
            " restart."
        ),
    ),
}
MAIL_WAITS = N_("The mail server does not take the messages that wait.")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps mail from leaving, in the reader's language."""

    headline: str
    cause: str
    remedy: str
    field: str | None
    since: datetime.datetime
    waiting: str  # how many messages, in words
    node: str = ""


@dataclass(frozen=True, slots=True)
class Paused:
    """That an admin lets nothing be sent for now: no problem, but nothing to forget either."""

    by: str
    since: datetime.datetime
    waiting: str  # how many messages, in words


def paused_in(standing: Standing) -> Paused | None:
    """Who has paused sending, and since when; None where nobody has."""
    if not (standing.held_by and standing.held_at):
        return None
    return Paused(standing.held_by, standing.held_at, _waiting(standing.waiting))


def problem_in(standing: Standing) -> Problem | None:
    """The problem of the node that is broken longest, else that which real mail has met."""
    waiting = _waiting(standing.waiting)
    for node in standing.nodes:
        if node.broken:
            told = _told(node.explanation(), *HEALTH_TEXTS[node.health])
            headline = gettext(HEADLINES[node.health])
            return Problem(headline, *told, since=node.since, node=node.node, waiting=waiting)
    if since := standing.failing_since:
        told = _told(standing.failure, MAIL_WAITS)
        return Problem(gettext(HEADLINES[Health.FAILED]), *told, since=since, waiting=waiting)
    return None


def _told(diagnosis: Diagnosis | None, cause: str, remedy: str = "") -> tuple[str, str, str | None]:
    """Cause, remedy and field of a diagnosis; `cause` and `remedy` where there is none."""
    if diagnosis is None:
        return gettext(cause), gettext(remedy) if remedy else "", None
    return diagnosis.cause(language()), diagnosis.remedy(language()), diagnosis.field


def _waiting(count: int) -> str:
    """How many messages wait; empty where none does."""
    if count > COUNTED:
        return gettext("more than %(number)s messages wait", number=format_decimal(COUNTED))
    return ngettext("%(num)s message waits", "%(num)s messages wait", count) if count else ""
