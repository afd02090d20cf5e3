"""The rules of Certificate authority and Pinned certificate, which may be empty (SPEC F12)."""

from __future__ import annotations

import base64
import re
from contextlib import suppress

from smtp_panel.net.certificates import UNREADABLE, Certificate, certificate_of
from smtp_panel.settings.rules.refusal import Refused
from smtp_panel.settings.rules.text import trimmed
from smtp_panel.words import N_

LONGEST_AUTHORITIES = 32 * 1024  # characters
LONGEST_PINNED = 8 * 1024  # characters
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"  # RFC 7468, section 5
_NO_BASE64 = re.compile(r"\s|\\[nr]")  # variables of the environment come with \n written out


def authorities(text: str) -> str:
    """PEM of the certificates that are trusted in place of the system's; empty for the system's."""
    return _tidy(certificates_in(trimmed(text, LONGEST_AUTHORITIES)))


def pinned(text: str) -> str:
    """PEM of the one certificate that the server has to show; empty for any that is trusted."""
    found = certificates_in(trimmed(text, LONGEST_PINNED))
    if len(found) > 1:
        raise Refused(
            N_(
                "These are %(count)s certificates. Keep the one that the server itself shows,"
                " mostly the first."
            ),
            {"count": str(len(found))},
        )
    return _tidy(found)


def certificates_in(text: str) -> list[Certificate]:
    """The certificates in PEM text, each once; raises Refused for what is none."""
    if "PRIVATE KEY" in text:
        raise Refused(
            N_("This holds a private key, which must stay secret. Keep the certificate alone.")
        )
    _, *found = text.split(BEGIN)
    if text and not found:
        raise Refused(
            N_(
                "There is no certificate in this. Paste its PEM text, from"
                " “-----BEGIN CERTIFICATE-----” to “-----END CERTIFICATE-----”."
            )
        )
    return list(dict.fromkeys(map(_certificate, found)))


def _certificate(text: str) -> Certificate:
    body, end, _ = text.partition(END)
    if end:
        with suppress(*UNREADABLE):
            return certificate_of(base64.b64decode(_NO_BASE64.sub("", body), validate=True))
    raise Refused(
        N_("A certificate in this is damaged or not complete. Copy all of its lines again.")
    )


def _tidy(certificates: list[Certificate]) -> str:
    return "".join(each.pem for each in certificates).strip()
