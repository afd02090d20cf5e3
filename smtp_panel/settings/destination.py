"""Where a secret goes, and whether a change asks for it again (SPEC F9).

Without this, whoever may edit the page could have a saved secret sent to a server of their own.
This is the one place that decides it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from hashlib import sha256

from smtp_panel.net.tls import TLSVersion
from smtp_panel.newer import known_fields
from smtp_panel.settings.fields import CLIENT_SECRET, PASSWORD
from smtp_panel.settings.values import Values

NO_PROTECTION = 0
PROTECTION = {
    TLSVersion.AUTO: 1,  # may come down to the lowest
    TLSVersion.V1_0: 1,
    TLSVersion.V1_1: 2,
    TLSVersion.V1_2: 3,
    TLSVersion.V1_3: 4,
}
SYSTEM = ""
JUDGED = frozenset({"protection", "trust"})  # not every change of these asks for it again


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a secret is sent, for whom, and how well protected (more is better, 0 not at all).

    `trust` says whose certificates are accepted: SYSTEM for the system's store, else the name of
    the field that decides it and a hash of its value. A client secret is sent to `token_endpoint`
    for `client_id`, and the token that it gets is sent to the mail server. How TLS starts and the
    mechanism of a login make no difference to where a secret goes, and are left out.
    """

    server: str
    port: int
    username: str
    protection: int
    token_endpoint: str = ""
    client_id: str = ""
    trust: str = SYSTEM

    @classmethod
    def of(cls, values: Values, secret: str = PASSWORD) -> Destination:
        """Where `values` send the secret of the field named `secret`."""
        fetches = secret == CLIENT_SECRET
        return cls(
            server=values.server,
            port=values.port,
            username=values.username,
            protection=PROTECTION[values.tls_version] if values.tls else NO_PROTECTION,
            token_endpoint=values.token_endpoint if fetches else "",
            client_id=values.client_id if fetches else "",
            trust=_trust(values) if values.tls else SYSTEM,
        )

    @classmethod
    def from_text(cls, text: str) -> Destination:
        """The destination that `to_text` wrote, in this version or another."""
        return cls(**known_fields(cls, json.loads(text)))

    def to_text(self) -> str:
        """The destination as one line of ASCII, always the same for the same destination.

        What has its default is left out, so that a text from before an attribute existed holds.
        """
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        told = {each.name for each in fields(self) if values[each.name] != each.default}
        return json.dumps({name: values[name] for name in sorted(told)})


def asks_for_secret_again(saved: Destination, draft: Destination) -> tuple[str, ...]:
    """The fields whose change from `saved` to `draft` means that the secret is asked for again."""
    names = [each.name for each in fields(Destination) if each.name not in JUDGED]
    changed = [name for name in names if getattr(saved, name) != getattr(draft, name)]
    if draft.protection < saved.protection:
        changed.append("tls" if draft.protection == NO_PROTECTION else "tls_version")
    if draft.trust != saved.trust and NO_PROTECTION not in {draft.protection, saved.protection}:
        changed.append((draft.trust or saved.trust).partition(":")[0])
    return tuple(changed)


def _trust(values: Values) -> str:
    """Which trust `values` ask for; a pinned certificate overrides the authorities."""
    for name in ("pinned", "ca_pem"):
        pem: str = getattr(values, name)
        if pem:
            return f"{name}:{sha256(pem.encode()).hexdigest()}"
    return SYSTEM
