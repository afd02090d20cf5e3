"""Where a secret goes, and whether a change asks for it again (SPEC F9).

Without this, whoever may edit the page could have the saved password sent to a server of their
own. This is the one place that decides it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from smtp_panel.settings.values import Values
from smtp_panel.smtp.endpoint import TLSVersion

NO_PROTECTION = 0
PROTECTION = {
    TLSVersion.AUTO: 1,  # may come down to the lowest
    TLSVersion.V1_0: 1,
    TLSVersion.V1_1: 2,
    TLSVersion.V1_2: 3,
    TLSVersion.V1_3: 4,
}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a password travels, as whom, and how well protected (more is better, 0 not at all).

    How TLS starts and which mechanism carries the password make no difference to that.
    """

    server: str
    port: int
    username: str
    protection: int

    @classmethod
    def of(cls, values: Values) -> Destination:
        """Where a password goes by `values`, which are tidy."""
        return cls(
            server=values.server,
            port=values.port,
            username=values.username,
            protection=PROTECTION[values.tls_version] if values.tls else NO_PROTECTION,
        )

    @classmethod
    def from_text(cls, text: str) -> Destination:
        """The destination that `to_text` wrote."""
        return cls(**json.loads(text))

    def to_text(self) -> str:
        """The destination as one line of ASCII, always the same for the same destination."""
        return json.dumps(asdict(self), sort_keys=True)


def asks_for_secret_again(saved: Destination, draft: Destination) -> tuple[str, ...]:
    """The fields whose change, from `saved` to `draft`, asks for the secret again; mostly none."""
    changed = [
        name
        for name in ("server", "port", "username")
        if getattr(saved, name) != getattr(draft, name)
    ]
    if draft.protection < saved.protection:
        changed.append("tls" if draft.protection == NO_PROTECTION else "tls_version")
    return tuple(changed)
