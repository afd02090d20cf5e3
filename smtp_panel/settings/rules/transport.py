"""The rules of Port, of TLS and of the lists of choices (SPEC F5, F6, F7, F8, F10)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.rules.refusal import Notice, Refused, offering
from smtp_panel.settings.rules.text import described, quoted, trimmed
from smtp_panel.words import N_

SMTP_PORT = 25
LAST_PORT = 65535
GCP_PORT_25 = "https://cloud.google.com/compute/docs/tutorials/sending-mail"
AZURE_PORT_25 = (
    "https://learn.microsoft.com/azure/virtual-network/troubleshoot-outbound-smtp-connectivity"
)
_DIGITS = "0123456789"
_ON = {"1", "on", "true", "yes"}
_OFF = {"", "0", "off", "false", "no"}

Choice = TypeVar("Choice", bound=StrEnum)


def port(text: str) -> int:
    """The port, 1 to 65535."""
    return offering(_port, _repaired_port, trimmed(text))


def port_on(port: int, hosting: Hosting) -> Notice | None:
    """What the cloud that this machine runs in means for `port`; refuses what it blocks.

    Both link to what the cloud says of it.
    """
    if port != SMTP_PORT:
        return None
    if hosting is Hosting.GCP:
        raise Refused(
            N_("Google Cloud blocks port 25. Use port 587 or 465."),
            suggestion="587",
            link=GCP_PORT_25,
        )
    if hosting is Hosting.AZURE:
        return Notice(
            N_("Port 25 is not recommended on Azure: it may fail. Use port 587 where you can."),
            link=AZURE_PORT_25,
        )
    return None


def tls_version(text: str, supported: Collection[TLSVersion]) -> TLSVersion:
    """The lowest TLS version to accept, one that this machine supports."""
    version = offering(_tls_version, _repaired_version, trimmed(text))
    if version is not TLSVersion.AUTO and version not in supported:
        raise Refused(
            N_("This machine does not support TLS %(version)s. It supports %(supported)s."),
            {"version": version, "supported": _listed(supported)},
        )
    return version


def choice(text: str, choices: type[Choice]) -> Choice:
    """The member of `choices` that `text` names."""
    name = trimmed(text).lower()
    for each in choices:
        if name == each:
            return each
    raise Refused(
        N_("“%(value)s” is not one of the choices. Choose one of: %(choices)s."),
        {"value": quoted(name), "choices": ", ".join(choices)},
    )


def switch(text: str) -> bool:
    """Whether a check box is ticked: 1, on, true or yes, else 0, off, false, no or nothing."""
    name = trimmed(text).lower()
    if name in _ON | _OFF:
        return name in _ON
    raise Refused(N_("“%(value)s” says neither yes nor no. Write 1 or 0."), {"value": quoted(name)})


def _port(text: str) -> int:
    if not text:
        raise Refused(N_("Enter the port of the mail server: 587 with STARTTLS, 465 with TLS."))
    for character in text:
        if character not in _DIGITS:
            raise Refused(
                N_("A port is written in digits from 0 to 9: “%(character)s” is not one."),
                {"character": described(character)},
            )
    if text.startswith("0") and text.strip("0"):
        raise Refused(N_("A port has no zero in front."))
    if len(text) > len(str(LAST_PORT)) or not 1 <= int(text) <= LAST_PORT:
        raise Refused(N_("A port is a number from 1 to 65535."))
    return int(text)


def _repaired_port(text: str) -> str:
    """ASCII digits for those of any script, without a plus sign, white space or zeros in front."""
    digits = (str(unicodedata.decimal(c, c)) for c in text.removeprefix("+") if not c.isspace())
    return "".join(digits).lstrip("0")


def _tls_version(text: str) -> TLSVersion:
    return choice(text, TLSVersion)


def _repaired_version(text: str) -> str:
    return text.lower().removeprefix("tls").strip(" v_").replace("_", ".")


def _listed(versions: Collection[TLSVersion]) -> str:
    return ", ".join(f"TLS {each}" for each in versions if each is not TLSVersion.AUTO)
