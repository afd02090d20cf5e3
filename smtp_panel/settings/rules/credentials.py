"""The rules of User name and of the secrets (SPEC F3, F4, F13)."""

from __future__ import annotations

from smtp_panel.secret import Secret
from smtp_panel.settings.rules.refusal import Refused, offering
from smtp_panel.settings.rules.text import EDGES, described, is_unseen, refuse_unseen, trimmed
from smtp_panel.words import N_

LONGEST_USER_NAME = 255  # RFC 4616, section 2: what every server takes
LONGEST_SECRET = 4096  # octets of UTF-8, far below what one AUTH line holds (RFC 4954, 4)


def username(text: str) -> str:
    """The user name without white space around it; empty for a server without authentication."""
    return offering(_username, _repaired, trimmed(text, LONGEST_USER_NAME))


def secret(text: str) -> Secret:
    """A secret exactly as typed, white space and all. No refusal says anything about it."""
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        octets = b"\0"
    if b"\0" in octets:
        raise Refused(N_("This holds a character that can't be sent. Type it again."))
    if len(octets) > LONGEST_SECRET:
        raise Refused(N_("This is too long to be right. Type it again."))
    return Secret(text)


def secret_notice(text: str) -> bool:
    """Whether white space, or something else nobody can see, stands at an end of the secret."""
    return text != text.strip(EDGES)


def odd_blank(text: str) -> str | None:
    """The first white space inside the secret that no keyboard types, described; None if none."""
    found = (c for c in text.strip(EDGES) if c.isspace() and c != " ")
    return next(map(described, found), None)


def _username(text: str) -> str:
    refuse_unseen(text)
    if blank := odd_blank(text):
        raise Refused(
            N_("This holds a blank that no keyboard types: %(character)s. Remove it."),
            {"character": blank},
        )
    return text


def _repaired(text: str) -> str:
    seen = "".join(c for c in text if not is_unseen(c))
    return "".join(" " if c.isspace() else c for c in seen).strip(EDGES)
