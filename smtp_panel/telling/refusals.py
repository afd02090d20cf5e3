"""The errors and notices of the rules, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.settings.rules import Notice, Refused
from smtp_panel.words import N_

KEY_UNAVAILABLE = N_(
    "Nothing was saved, because the secret can't be encrypted: the key file %(path)s can't be"
    " used (%(reason)s). Put it right on the server, restart the panel, and save again."
)


def sentence(said: Refused | Notice) -> str:
    """The sentence of an error or a notice."""
    return gettext(said.message, **said.params)


def key_unavailable(error: KeyUnavailable) -> str:
    """Why a secret could not be saved, and what to do."""
    return gettext(KEY_UNAVAILABLE, path=str(error.path), reason=error.reason)


def with_link(said: Refused | Notice) -> str:
    """The sentence, followed by the URL of the page that says more, if there is one."""
    return " ".join(filter(None, [sentence(said), said.link]))
