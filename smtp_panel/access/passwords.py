"""Passwords: which ones are accepted, and how they are stored and compared."""

from __future__ import annotations

import unicodedata

from werkzeug.security import check_password_hash, generate_password_hash

from smtp_panel.access.errors import AccessError
from smtp_panel.secret import Secret
from smtp_panel.words import N_

SHORTEST, LONGEST = 8, 1024  # characters
LONGEST_TYPED = 4 * LONGEST  # where each letter comes in parts, as keyboards may send it
# Costs as much to compare with as a real hash, and no password has it.
NOBODYS_HASH = f"scrypt:32768:8:1$nobodys-password${'0' * 128}"


def check(password: Secret) -> None:
    """Raise AccessError for a password that is too short or too long."""
    length = len(password.reveal())
    if length < SHORTEST:
        message = N_("A password has at least %(count)s characters.")
        raise AccessError("password", message, count=str(SHORTEST))
    if length > LONGEST:
        message = N_("A password has at most %(count)s characters.")
        raise AccessError("password", message, count=str(LONGEST))


def hashed(password: Secret) -> str:
    """The salted scrypt hash of `password`, to be stored (RFC 7914)."""
    return generate_password_hash(_text(password))


def matches(password: Secret, stored: str | None) -> bool:
    """Whether `stored` is the hash of `password`; takes as long when nothing is stored.

    Of one that is longer than any, an empty one is compared in its place with nobody's.
    """
    if len(password.reveal()) > LONGEST_TYPED:
        password, stored = Secret(""), None
    return check_password_hash(stored or NOBODYS_HASH, _text(password))


def _text(password: Secret) -> str:
    """`password` in NFC, for keyboards differ in how they compose letters; never raises."""
    text = unicodedata.normalize("NFC", password.reveal())
    return text.encode("utf-8", "replace").decode()
