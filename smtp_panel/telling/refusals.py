"""The errors and notices of the rules, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from smtp_panel.outbox.handling import ContentGone, NotPossible
from smtp_panel.outbox.model import MessageState
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.settings.confirmation import NoWayBack
from smtp_panel.settings.rules import Notice, Refused
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_, Sentence

KEY_UNAVAILABLE = N_(
    "Nothing was saved, because the secret can't be encrypted: the key file %(path)s can't be"
    " used (%(reason)s). Put it right on the server, restart the panel, and save again."
)

NOT_POSSIBLE = {
    MessageState.WAITING: N_("Nothing was changed: the message still waits to be sent."),
    MessageState.SENDING: N_("Nothing was changed: the message is being sent right now."),
    MessageState.SENT: N_("Nothing was changed: the message was sent in the meantime."),
    MessageState.FAILED: N_("Nothing was changed: the message has failed. Send it again."),
    MessageState.UNCERTAIN: N_(
        "Nothing was changed: the server may have taken the message. Send it again, or count it as"
        " sent."
    ),
    MessageState.CANCELLED: N_("Nothing was changed: the message is cancelled."),
}
STILL_RUNNING = N_("Nothing was started: it is running already.")
SCHEDULE_CHANGED = N_("Nothing was changed: somebody else saved the schedule meanwhile. Try again.")
KEPT_NO_LONGER = N_("Nothing was changed: the content of this message is no longer kept.")


def field_of(refused: Refused) -> str:
    """The field at which to show why settings can't be tried or put in force."""
    named = SecretNeeded | SecretLost | NoWayBack
    return refused.name if isinstance(refused, named) else "service"


def key_unavailable(error: KeyUnavailable) -> str:
    """Why a secret could not be saved, and what to do."""
    return in_words(Sentence(KEY_UNAVAILABLE, error.sentence.params))


def with_link(said: Refused | Notice) -> str:
    """The sentence, followed by the URL of the page that says more, if there is one."""
    words = in_words(said if isinstance(said, Notice) else said.sentence)
    return " ".join(filter(None, [words, said.link]))


def not_possible(error: NotPossible) -> str:
    """Why a message could not be handled so."""
    return gettext(KEPT_NO_LONGER if isinstance(error, ContentGone) else NOT_POSSIBLE[error.state])


def too_many(retry_after: int) -> str:
    """That an attempt was one too many, and in how many seconds to try again."""
    return ngettext(
        "Too many attempts. Try again in %(num)s second.",
        "Too many attempts. Try again in %(num)s seconds.",
        retry_after,
    )
