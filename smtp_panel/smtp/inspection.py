"""The handshake, and a look at how a server shakes hands, in another conversation.

The TLS library tells nothing of a chain that it refuses, and takes short keys and broken signatures
with every version as soon as it takes an old one. So what a server shows, and which version it
knows, is found out in a conversation of its own, without verification. Nothing is said in it but
EHLO and STARTTLS, and it ends with the handshake.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from smtp_panel.net.certificates import Chain, chain_of
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import dial
from smtp_panel.net.network import Address, Network
from smtp_panel.net.tls import context_for, is_old, is_pinned
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Kind
from smtp_panel.smtp.fault import Fault, expect
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

T = TypeVar("T")
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


@dataclass(frozen=True, slots=True)
class Look:
    """Looks at the mail server of `endpoint` at `address`, in a conversation of its own."""

    endpoint: Endpoint
    address: Address
    network: Network
    deadline: Deadline

    def chain(self) -> Chain:
        """The certificates that it shows, verified by nobody.

        None of them where they can't be had, or where what answers is no mail server.
        """
        return self._converse(self._shown) or ()

    def knows_old_tls_only(self) -> bool:
        """Whether an old version is agreed where new ones are offered as well.

        Nobody on the way can make it so: what was offered is part of what a handshake protects
        (RFC 8446, section 4.1.3; RFC 5246, section 7.4.9).
        """
        return bool(self._converse(lambda wire: is_old(self._shake_hands(wire))))

    def _converse(self, say: Callable[[Wire], T]) -> T | None:
        with suppress(Fault, TimeoutError):
            soon = Deadline(min(SECONDS, self.deadline.remaining()))
            if connection := dial([self.address], self.network, soon).connection:
                redact = Redactor()
                wire = Wire(connection, overall(soon), Transcript(redact), redact)
                try:
                    return say(wire)
                finally:
                    wire.close()
        return None

    def _shown(self, wire: Wire) -> Chain:
        connection = self._shake_hands(wire)
        if self.endpoint.security is Security.IMPLICIT:
            expect(220, wire.reply())
        return chain_of(connection)

    def _shake_hands(self, wire: Wire) -> ssl.SSLSocket:
        endpoint = self.endpoint
        if endpoint.security is Security.STARTTLS:
            expect(220, wire.reply())
            expect(250, wire.command(f"EHLO {endpoint.ehlo_name or wire.literal}"))
            expect(220, wire.command("STARTTLS"))
        context = context_for(endpoint.tls_version, verified=False)
        return wire.start_tls(context, endpoint.server)
