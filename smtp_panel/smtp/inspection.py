"""Another conversation with a server, and a look in it at the certificates that were refused.

The TLS library tells nothing of a chain that it refuses, so another conversation is begun without
verification. Nothing is said in it but EHLO and STARTTLS, and it ends with the handshake.
"""

from __future__ import annotations

from contextlib import suppress

from smtp_panel.net.certificates import Chain, chain_of
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import dial
from smtp_panel.net.network import Address, Network
from smtp_panel.net.tls import context_for
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.fault import Fault, expect
from smtp_panel.smtp.limits import Limits, Phase, overall
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

INSPECTION_SECONDS = 5.0  # for the whole look, within the deadline


def connect(
    address: Address, network: Network, limits: Limits, transcript: Transcript, redact: Redactor
) -> Wire:
    """Another connection to the server at `address`; raises Fault."""
    dialled = dial([address], network, limits(Phase.CONNECT))
    if dialled.connection is None:
        raise Fault.of(dialled.fault)
    return Wire(dialled.connection, limits, transcript, redact)


def come_to_handshake(wire: Wire, endpoint: Endpoint) -> None:
    """Say on a new connection what comes before TLS; raises Fault.

    That is nothing, or all that there is up to STARTTLS (RFC 3207).
    """
    if endpoint.security is Security.STARTTLS:
        expect(220, wire.reply())
        expect(250, wire.command(f"EHLO {endpoint.ehlo_name or wire.literal}"))
        expect(220, wire.command("STARTTLS"))


def inspect(endpoint: Endpoint, address: Address, network: Network, deadline: Deadline) -> Chain:
    """The certificates that the mail server at `address` shows, its own first, not verified.

    There are none where they can't be had by `deadline`, or where what answers is no mail server.
    It raises nothing for what the network or the server does.
    """
    redact = Redactor()
    with suppress(Fault, TimeoutError):
        limits = overall(deadline.within(INSPECTION_SECONDS))
        wire = connect(address, network, limits, Transcript(redact), redact)
        try:
            return _shown(wire, endpoint)
        finally:
            wire.close()
    return ()


def _shown(wire: Wire, endpoint: Endpoint) -> Chain:
    come_to_handshake(wire, endpoint)
    context = context_for(endpoint.tls_version, verified=False, old=True)
    connection = wire.start_tls(context, endpoint.server)
    if endpoint.security is Security.IMPLICIT:
        expect(220, wire.reply())
    return chain_of(connection)
