"""What was changed, in words: a label, and the values before and after (SPEC V3, V5)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import CHANGED
from smtp_panel.sandbox import FAILURES
from smtp_panel.settings.fields import SECRETS
from smtp_panel.settings.rules import certificates_in
from smtp_panel.telling.labels import FIELD_LABELS
from smtp_panel.web.keys import SCOPE_LABELS
from smtp_panel.words import N_

FIELD_NAMES = FIELD_LABELS | {
    "email": N_("Email"),
    "external_id": N_("Signed in as"),
    "role": N_("Role"),
    "message": N_("Message"),
    "staged_to": N_("Everything goes to"),
    "limit_per_minute": N_("Messages in a minute"),
    "limit_per_hour": N_("At most in an hour"),
    "limit_per_day": N_("At most in a day"),
    "exceptions": N_("Except mail to"),
    "key": N_("API key"),
    "schedule": N_("Schedule"),
    "name": N_("Name"),
    "function": N_("Content"),
    "url": N_("Web address"),
    "header": N_("Header"),
    "secret": N_("Secret in it"),
    "recipients": N_("Recipients"),
    "subject": N_("Subject"),
    "cron": N_("Times"),
    "zone": N_("Time zone"),
    "failure": N_("Failure"),
    "selectors": N_("DKIM selectors"),
}

CERTIFICATES = frozenset({"ca_pem", "pinned"})
WORDED = frozenset(
    {"service", *SECRETS, "secret", "tls_version", "tls_start", "auth", "role", "failure"}
)
VALUE_LABELS = {
    CHANGED: N_("changed"),
    "oauth2": "OAuth 2.0",
    "default": N_("default mail settings"),
    "custom": N_("custom mail settings"),
    "auto": N_("automatic"),
    "admin": N_("admin"),
    "member": N_("member"),
    **{each.id: each.name for each in FAILURES},
}

ChangeInWords = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Who saved in between what is being edited, when, and what they changed."""

    by: str
    at: datetime.datetime
    changes: list[ChangeInWords]


def changes_in_words(
    changes: Mapping[str, Sequence[object]], *, made: bool = False
) -> list[ChangeInWords]:
    """Changes by field: label, old and new value, in words.

    What says nothing is left out: that a secret was another one before, and of an action that has
    `made` something, or is about it, that there was nothing.
    """
    return [
        (_label(name), _before(name, old, new, made=made), in_words(name, new))
        for name, (old, new) in changes.items()
    ]


def _before(name: str, old: object, new: object, *, made: bool) -> str:
    return "" if old == new or (made and old is None) else in_words(name, old)


def _label(name: str) -> str:
    return gettext(FIELD_NAMES[name]) if name in FIELD_NAMES else name


def in_words(name: str, value: object) -> str:
    """The value of the field `name` in the reader's language."""
    if value is None or value == "":
        return gettext("empty")
    if isinstance(value, bool):
        return gettext("on") if value else gettext("off")
    text = str(value)
    if name in CERTIFICATES:
        facts = certificates_in(text)
        return ", ".join(f"{each.subject} (SHA-256 {each.fingerprint})" for each in facts)
    if name == "scopes" and set(text.split(", ")) <= {*KeyScope}:  # of a key, and not of OAuth
        return ", ".join(gettext(SCOPE_LABELS[KeyScope(each)]) for each in text.split(", "))
    return gettext(VALUE_LABELS[text]) if name in WORDED and text in VALUE_LABELS else text
