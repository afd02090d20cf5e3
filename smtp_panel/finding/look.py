"""A look at a mail server, without signing in: how it protects the line, and what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.newer import known_fields
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.trace import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a mail server has shown.

    `tls_version` is as OpenSSL calls it, empty without TLS. `trusted` says whether the certificate
    is good for the server's name. `mechanisms` are those that it offers for signing in.
    """

    security: Security
    tls_version: str = ""
    trusted: bool = False
    mechanisms: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON data, for the database."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Seen:
        """What `to_json` gave; raises ValueError for what only a newer version knows."""
        told = known_fields(cls, data) | {"security": Security(data["security"])}
        return cls(**told | {"mechanisms": tuple(data["mechanisms"])})


def look(endpoint: Endpoint, network: Network, deadline: Deadline) -> Seen | None:
    """What the server of `endpoint`, which has no credentials, shows; None if it is no mail server.

    Where STARTTLS is wanted and not offered, the line is seen unprotected. A certificate that is
    not good is taken for once, to see what is behind it.
    """
    versions: list[str] = []

    def listen(event: Event) -> None:
        versions.extend(filter(None, [event.met.get("version")]))

    connection = Connection(endpoint, overall(deadline), network, listen)
    try:
        connection.open()
        connection.quit()
    except Fault as fault:
        if fault.kind is FaultKind.NOT_OFFERED:
            return Seen(security=Security.NONE, mechanisms=connection.mechanisms)
        return _behind(fault, endpoint, network, deadline)
    finally:
        connection.close()
    return Seen(
        security=endpoint.security,
        tls_version="".join(versions[-1:]),
        trusted=not endpoint.pinned,
        mechanisms=connection.mechanisms,
    )


def _behind(fault: Fault, endpoint: Endpoint, network: Network, deadline: Deadline) -> Seen | None:
    """What the server shows to whoever takes its certificate; it is known if it greets (L3)."""
    if fault.kind is not FaultKind.CERTIFICATE or not fault.chain:
        return None
    return look(replace(endpoint, pinned=fault.chain[0].pem), network, deadline)
