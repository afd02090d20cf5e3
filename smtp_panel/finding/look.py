"""A look at a mail server, without signing in: how it protects the line, and what it offers."""

from __future__ import annotations

from dataclasses import dataclass

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.trace import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a mail server has shown.

    `tls_version` is as OpenSSL calls it; empty without TLS, and where the certificate was refused.
    `trusted` says whether that is good for the server's name. `mechanisms` are those for signing
    in, as far as they were told.
    """

    security: Security
    tls_version: str = ""
    trusted: bool = False
    mechanisms: tuple[str, ...] = ()


def look(endpoint: Endpoint, network: Network, deadline: Deadline) -> Seen | None:
    """What the server of `endpoint`, which has no credentials, shows; None if it is no mail server.

    Where STARTTLS is wanted and not offered, the line is seen unprotected.
    """
    versions: list[str] = []

    def listen(event: Event) -> None:
        versions.extend(filter(None, [event.met.get("version")]))

    security = endpoint.security
    connection = Connection(endpoint, overall(deadline), network, listen)
    try:
        connection.open()
        connection.quit()
    except Fault as fault:
        if fault.kind is FaultKind.NOT_OFFERED:
            return Seen(security=Security.NONE, mechanisms=connection.mechanisms)
        # With implicit TLS, only what greets on a second look has its certificates known (SPEC L3).
        is_server = fault.chain or security is Security.STARTTLS
        if fault.kind is not FaultKind.CERTIFICATE or not is_server:
            return None
        return Seen(security=security, mechanisms=connection.mechanisms)
    finally:
        connection.close()
    return Seen(
        security=security,
        tls_version="".join(versions[-1:]),
        trusted=True,
        mechanisms=connection.mechanisms,
    )
