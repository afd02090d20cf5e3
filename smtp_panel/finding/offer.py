"""Settings that are offered, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from smtp_panel.diagnosis.providers import Provider, provider_of_id
from smtp_panel.finding.look import Seen
from smtp_panel.newer import known_fields
from smtp_panel.smtp.endpoint import Endpoint, Security, TLSStart

_BLANK = re.compile(r"\{(\w+)\}")


class Origin(StrEnum):
    """Where an offer comes from.

    TABLE: the table of providers, by domain or name; SRV: the domain's own records (RFC 6186); MX:
    the table, by who takes the domain's mail; TRIED: a server that answered.
    """

    TABLE = "table"
    SRV = "srv"
    MX = "mx"
    TRIED = "tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Settings that can be taken over.

    `name` is the provider's, else the domain. `server` may hold blanks to fill, such as {number};
    `username` is empty where nobody but the user knows it. What is `unsure` rests on weak evidence.
    `label` says for whom or what the server is, where that is not everybody; `region` where it
    stands, of a provider that has several; `seen` what it has shown, where it was tried.
    """

    origin: Origin
    provider: Provider | None
    name: str
    server: str
    port: int
    security: Security
    username: str = ""
    unsure: bool = False
    label: str = ""
    region: str = ""
    seen: Seen | None = None

    @property
    def ask(self) -> tuple[str, ...]:
        """The blanks of `server` that are still to fill."""
        return tuple(_BLANK.findall(self.server))

    @property
    def tls(self) -> bool:
        """Whether the connection is secured."""
        return self.security is not Security.NONE

    @property
    def tls_start(self) -> TLSStart:
        """How TLS starts, told even where it follows from the port."""
        return TLSStart(self.security) if self.tls else TLSStart.AUTO

    @property
    def changes(self) -> dict[str, str]:
        """The form fields that it fills in, as texts."""
        usual = Endpoint(server=self.server, port=self.port).security is self.security
        filled = {
            "server": self.server,
            "port": str(self.port),
            "tls": "1" if self.tls else "",
            "tls_start": TLSStart.AUTO if usual or not self.tls else self.tls_start,
        }
        return filled | ({"username": self.username} if self.username else {})

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON data, for the database; the provider by its id."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        provider = self.provider.id if self.provider else None
        return data | {"provider": provider, "seen": self.seen.to_json() if self.seen else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Offer:
        """The offer that `to_json` gave; raises ValueError for what only a newer version knows."""
        made = {
            "origin": Origin(data["origin"]),
            "provider": provider_of_id(data["provider"]),
            "security": Security(data["security"]),
            "seen": Seen.from_json(data["seen"]) if data["seen"] else None,
        }
        return cls(**known_fields(cls, data) | made)
