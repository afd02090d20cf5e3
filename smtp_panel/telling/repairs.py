"""The words of a repair: its button, and what to know before pressing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask_babel import gettext

from smtp_panel.diagnosis.repair import Repair
from smtp_panel.net.certificates import Certificate
from smtp_panel.settings import rules
from smtp_panel.settings.fields import Texts
from smtp_panel.telling.certificates import CertificateFacts, identity


@dataclass(frozen=True, slots=True)
class RepairView:
    """`label` is the button's, `note` what was tried, `changes` the fields as a query string.

    `facts` are those of the certificate that would be trusted.
    """

    id: str
    label: str
    note: str
    changes: str
    facts: CertificateFacts


def offered(repair: Repair | None, draft: Texts) -> RepairView | None:
    """`repair` in the reader's language; `draft` holds the fields as they were tested.

    None where there is none, or only a newer version knows it.
    """
    if repair is None or repair.id not in REPAIR_TEXTS:
        return None
    changes = dict(repair.changes)
    if "sender" in changes:
        changes["sender"] = _with_name(changes["sender"], draft.get("sender", ""))
    label, note = REPAIR_TEXTS[repair.id](changes)
    facts = identity(Certificate.of_pem(changes["pinned"])) if "pinned" in changes else []
    return RepairView(repair.id, label, note, urlencode(changes), facts)


def _with_name(address: str, typed: str) -> str:
    """`address` with the display name that was typed."""
    try:
        name = rules.sender_name(rules.sender(typed))
    except rules.Refused:
        return address
    return f"{name} <{address}>" if name else address


def _starttls(to: Texts) -> tuple[str, str]:
    return gettext("Use STARTTLS on port %(port)s and test again", port=to["port"]), _as_far()


def _implicit(to: Texts) -> tuple[str, str]:
    return gettext("Use implicit TLS on port %(port)s and test again", port=to["port"]), _as_far()


def _version(to: Texts) -> tuple[str, str]:
    version = to["tls_version"]
    return gettext("Accept TLS %(version)s and test again", version=version), _as_far()


def _name(to: Texts) -> tuple[str, str]:
    return gettext("Use the name %(server)s and test again", server=to["server"]), gettext(
        "Tried just now: this name leads to the same server, and its certificate is good for it."
    )


def _mechanism(to: Texts) -> tuple[str, str]:
    label = gettext("Use %(mechanism)s and test again", mechanism=to["auth"].upper())
    return label, gettext("The server offers it.")


def _sender(to: Texts) -> tuple[str, str]:
    label = gettext("Use %(sender)s as From and test again", sender=to["sender"])
    return label, gettext("Tried just now: the server takes this sender.")


def _without_tls(_to: Texts) -> tuple[str, str]:
    return gettext("Turn TLS / SSL off and test again"), gettext(
        "Tried just now: it works, but everyone on the way can then read the mail. Choose it only"
        " for a relay on this machine or in your own network."
    )


def _trust(_to: Texts) -> tuple[str, str]:
    return gettext("Trust this certificate and test again"), gettext(
        "Only if its fingerprint is the one that the administrator of the mail server tells you:"
        " from then on this very certificate is accepted, and no other, so that a renewed one has"
        " to be trusted anew."
    )


def _as_far() -> str:
    return gettext("Tried just now: it works as far as the sign-in.")


REPAIR_TEXTS: Mapping[str, Callable[[Texts], tuple[str, str]]] = {
    "starttls": _starttls,
    "implicit": _implicit,
    "tls-version": _version,
    "server-name": _name,
    "mechanism": _mechanism,
    "sender": _sender,
    "trust": _trust,
    "without-tls": _without_tls,
}
