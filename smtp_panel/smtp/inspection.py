"""The handshake, and a second look at the certificates of a server that was refused for its own.

The TLS library tells nothing of a chain that it refuses, so another conversation is begun without
verification. Nothing is said in it but EHLO and STARTTLS, and it ends with the handshake.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress

from smtp_panel.net.certificates import Chain, chain_of
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import dial
from smtp_panel.net.network import Address, Network
from smtp_panel.net.tls import context_for, is_pinned
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Kind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

SECONDS = 5.0  # for the whole look, within the deadline


def secure(
    wire: Wire, context: ssl.SSLContext, endpoint: Endpoint, look: Callable[[], Chain]
) -> ssl.SSLSocket:
    """Shake hands, and see that the certificate is the one that is pinned, where one is.

    A Fault for the certificate holds what was shown; `look` fetches it in another conversation.
    """
    try:
        connection = wire.start_tls(context, endpoint.server)
    except Fault as fault:
        if fault.kind is Kind.CERTIFICATE:
            fault.chain = look()
        raise
    if endpoint.pinned and not is_pinned(connection, endpoint.pinned):
        other = Fault(Kind.PIN, error="the certificate is not the one that is pinned")
        # With implicit TLS it has not greeted, and may be no mail server (SPEC L3).
        greeted = endpoint.security is Security.STARTTLS
        other.chain = chain_of(connection) if greeted else look()
        wire.poison()
        raise other
    return connection


def inspect(endpoint: Endpoint, address: Address, network: Network, deadline: Deadline) -> Chain:
    """The certificates that the mail server at `address` shows, verified by nobody.

    None of them where they can't be had, or where what answers is no mail server.
    """
    with suppress(Fault, TimeoutError):
        soon = Deadline(min(SECONDS, deadline.remaining()))
        if connection := dial([address], network, soon).connection:
            redact = Redactor()
            wire = Wire(connection, overall(soon), Transcript(redact), redact)
            try:
                return _shown(wire, endpoint)
            finally:
                wire.close()
    return ()


def _shown(wire: Wire, endpoint: Endpoint) -> Chain:
    context = context_for(endpoint.tls_version, verified=False)
    if endpoint.security is Security.IMPLICIT:
        connection = wire.start_tls(context, endpoint.server)
        return chain_of(connection) if wire.reply().code == 220 else ()
    hello = f"EHLO {endpoint.ehlo_name or wire.literal}"
    if wire.reply().code != 220 or wire.command(hello).code != 250:
        return ()
    if wire.command("STARTTLS").code != 220:
        return ()
    return chain_of(wire.start_tls(context, endpoint.server))
