"""What keeps mail from leaving, in words (SPEC W3)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from flask_babel import format_decimal, gettext, ngettext

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.model import MessageState
from smtp_panel.status.model import Health, NodeState, NodeStatus
from smtp_panel.status.standing import COUNTED, Standing
from smtp_panel.storage import utcnow
from smtp_panel.telling.language import ago, in_words, language, when
from smtp_panel.words import N_

HEADLINES = {
    Health.FAILED: N_("Mail is not leaving this installation"),
    Health.UNCONFIGURED: N_("No mail service is set up"),
    Health.SECRET_LOST: N_("A saved secret can't be read"),
    Health.STALLED: N_("Mail is not checked any more"),
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
    Health.STALLED: (
        N_("This node is running, and its checks are long overdue."),
        N_("Restart SMTP Panel there. Its log says what went wrong."),
    ),
}
GONE = N_("This node is gone: it was last seen %(ago)s.")
UNCHECKED = N_("Not checked yet. The check takes a few seconds: ask again then.")
# Headline, cause and remedy.
MAIL_WAITS = (
    HEADLINES[Health.FAILED],
    N_("The mail server does not take the messages that wait."),
    "",
)
FULL = (
    N_("The sending limit of the mail server is reached"),
    N_("It lets no more through for now. What waits goes on by itself at %(when)s."),
    N_(
        "Ask the provider for a higher limit if this returns. The outbox shows the limit; there you"
        " can say that it no longer holds."
    ),
)
IDLE = (
    N_("Nothing sends the messages that wait"),
    N_("They are due, and no process is sending them."),
    N_(
        "Let the panel send by itself with SMTP_PANEL_WORKER=on, or start `smtp worker`. Where that"
        " runs already, its log says what went wrong."
    ),
)
GIVEN_UP = (
    N_("A message was given up"),
    N_("It could not be sent."),
    N_("Open it in the outbox, which says why, and what can be done."),
)


@dataclass(frozen=True, slots=True)
class MailProblem:
    """What keeps mail from leaving, in the reader's language.

    `messages` is the state of the messages that it is about, None where it is about every one.
    `fault_id` is the diagnosis, empty where there is none.
    """

    headline: str
    cause: str
    remedy: str
    field: str | None
    fault_id: str
    since: datetime.datetime
    waiting: str  # how many messages, in words
    node: str = ""
    messages: MessageState | None = None

    @property
    def keeps_mail(self) -> bool:
        """Whether mail does not leave; where a message was given up, any other does."""
        return self.messages is not MessageState.FAILED


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


def problem_in(standing: Standing) -> MailProblem | None:
    """The worst of what keeps mail from leaving: all of it, what waits, or one message (SPEC W3).

    Of several nodes it is that of the one broken longest.
    """
    if standing.nodes and (node := standing.nodes[0]).broken:
        headline, waiting = gettext(HEADLINES[node.health]), _waiting(standing.waiting)
        told = _told_of(node)
        return MailProblem(headline, *told, since=node.since, node=node.node, waiting=waiting)
    if since := standing.failing_since:
        return _of_messages(standing, MAIL_WAITS, since, standing.failure)
    if standing.full_until and (since := standing.full_since):
        goes_on = when(max(standing.full_until, utcnow()))
        return _of_messages(standing, FULL, since, when=goes_on)
    if since := standing.idle_since:
        return _of_messages(standing, IDLE, since)
    if since := standing.given_up_at:
        problem = _of_messages(standing, GIVEN_UP, since, standing.given_up)
        return replace(problem, messages=MessageState.FAILED)
    return None


def node_message(node: NodeStatus) -> str:
    """What to know of a node in a line: why mail does not leave it; empty where all is well."""
    state = node.state(utcnow())
    if state is NodeState.GONE:
        return gettext(GONE, ago=ago(node.seen_at))
    if state is NodeState.UNKNOWN:
        return gettext(UNCHECKED)
    return " ".join(filter(None, _told_of(node)[:2])) if node.broken else ""


def _of_messages(
    standing: Standing,
    texts: tuple[str, str, str],
    since: datetime.datetime,
    diagnosis: Diagnosis | None = None,
    **filled: str,
) -> MailProblem:
    """What keeps messages waiting: headline, cause and remedy by `texts` or by a diagnosis."""
    headline, cause, remedy = texts
    told = _told(diagnosis, cause, remedy, **filled)
    waiting = _waiting(standing.waiting)
    state = MessageState.WAITING
    return MailProblem(gettext(headline), *told, since=since, waiting=waiting, messages=state)


def _told_of(node: NodeStatus) -> tuple[str, str, str | None, str]:
    """Cause, remedy, field and id of what is wrong on a node that is broken."""
    return _told(node.explanation(), *HEALTH_TEXTS[node.health])


def _told(
    diagnosis: Diagnosis | None, cause: str, remedy: str = "", **filled: str
) -> tuple[str, str, str | None, str]:
    """Cause, remedy, field and id of a diagnosis; `cause` and `remedy` where there is none."""
    if diagnosis is None:
        return gettext(cause, **filled), gettext(remedy) if remedy else "", None, ""
    told = diagnosis.cause(language(), in_words), diagnosis.remedy(language())
    return *told, diagnosis.field, diagnosis.id


def _waiting(count: int) -> str:
    """How many messages wait; empty where none does."""
    if count > COUNTED:
        return gettext("more than %(number)s messages wait", number=format_decimal(COUNTED))
    if count == 0:
        return ""
    told = format_decimal(count)
    return ngettext("%(count)s message waits", "%(count)s messages wait", count, count=told)
