"""The secret that the request for content brings in a header, and where it may go."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from smtp_panel.schedules.model import Schedule
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, Undecryptable
from smtp_panel.settings.rules import Refused
from smtp_panel.words import N_


class HeaderSecretNeeded(Refused):
    """The secret of the header has to be typed: there is none, or it goes elsewhere now."""


_NONE = N_("Enter what the header is to hold.")
_AGAIN = N_("Enter it again: the server or the header that it goes to has changed.")


def headers_of(schedule: Schedule, cipher: Cipher) -> dict[str, str | Secret]:
    """The headers of the request for content; raises Undecryptable."""
    if not schedule.secret_encrypted:
        return {}
    purpose = _purpose(schedule.url, schedule.header)
    return {schedule.header: cipher.decrypt(purpose, schedule.secret_encrypted)}


def keep(schedule: Schedule, url: str, header: str, typed: Secret | None, cipher: Cipher) -> None:
    """Let `schedule` send what is `typed`, else what it has, in the `header` to `url`.

    It is encrypted by the newest key. Without a header there is none. Raises HeaderSecretNeeded
    and KeyUnavailable.
    """
    purpose = _purpose(url, header)
    if not header:
        schedule.secret_encrypted = None
    elif typed:
        schedule.secret_encrypted = cipher.encrypt(purpose, typed)
    elif not schedule.secret_encrypted:
        raise HeaderSecretNeeded(_NONE)
    elif purpose != _purpose(schedule.url, schedule.header):
        raise HeaderSecretNeeded(_AGAIN)
    else:
        with suppress(Undecryptable):  # which the next run tells
            known = cipher.decrypt(purpose, schedule.secret_encrypted)
            schedule.secret_encrypted = cipher.encrypt(purpose, known)


def _purpose(url: str, header: str) -> str:
    """The purpose holds where it goes, so that editing the database moves no secret."""
    parts = urlsplit(url)
    return f"{header.lower()} for {parts.scheme}://{parts.netloc}"
