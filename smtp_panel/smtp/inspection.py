"""A second look at a server whose certificate was refused, for the certificates that it shows.

The TLS library tells nothing of a chain that it refuses, so another conversation is begun without
verification. Nothing is said in it but EHLO and STARTTLS, and it ends with the handshake.
"""

from __future__ import annotations

from contextlib import suppress

from smtp_panel.smtp.certificates import Chain, chain_of
from smtp_panel.smtp.deadline import Deadline
from smtp_panel.smtp.dial import dial
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.network import Address, Network
from smtp_panel.smtp.tls import context_for
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

SECONDS = 5.0  # for the whole look, within the deadline


def inspect(endpoint: Endpoint, address: Address, network: Network, deadline: Deadline) -> Chain:
    """The certificates that the mail server at `address` shows, verified by nobody.

    None of them where they can't be had, or where what answers is no mail server.
    """
    with suppress(Fault, TimeoutError):
        soon = Deadline(min(SECONDS, deadline.remaining()))
        if connection := dial([address], network, soon).connection:
            redact = Redactor()
            wire = Wire(connection, soon, Transcript(redact), redact)
            try:
                return _shown(wire, endpoint)
            finally:
                wire.close()
    return ()


def greeted(wire: Wire) -> bool:
    """Whether a mail server greets; raises Fault where what answers is none."""
    return wire.reply().code == 220


def _shown(wire: Wire, endpoint: Endpoint) -> Chain:
    context = context_for(endpoint, verified=False)
    if endpoint.security is Security.IMPLICIT:
        connection = wire.start_tls(context, endpoint.server)
        return chain_of(connection) if greeted(wire) else ()
    hello = f"EHLO {endpoint.ehlo_name or wire.literal}"
    if greeted(wire) and wire.command(hello).code == 250 and wire.command("STARTTLS").code == 220:
        return chain_of(wire.start_tls(context, endpoint.server))
    return ()
