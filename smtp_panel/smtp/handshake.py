"""The TLS handshake, and a second one for a server that knows no version from TLS 1.2 on.

To accept an older version OpenSSL has to accept short keys and broken signatures as well, and with
every version (`net.tls`). So the first handshake accepts no older version, whatever is chosen.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from smtp_panel.net.certificates import Chain, chain_of
from smtp_panel.net.network import Address, Network
from smtp_panel.net.tls import accepts_old, context_for, is_old, is_pinned
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.inspection import come_to_handshake, connect, inspect
from smtp_panel.smtp.limits import Limits, Phase
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire
from smtp_panel.words import N_, Sentence

# OpenSSL's reasons for what no other version would mend: what answers speaks no TLS, or there was
# no handshake.
_NO_MATTER_OF_VERSION = frozenset({"WRONG_VERSION_NUMBER", ""})
_NEW_AFTER_ALL = Sentence(N_("a new version is agreed in the second handshake only"))
_OTHER_CERTIFICATE = Sentence(N_("the certificate is not the one that is pinned"))
OF_CERTIFICATE = frozenset({FaultKind.CERTIFICATE, FaultKind.PIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The handshake with the server of `endpoint` at `address`."""

    endpoint: Endpoint
    address: Address
    network: Network
    limits: Limits
    transcript: Transcript
    redact: Redactor

    def run(self, wire: Wire) -> tuple[Wire, ssl.SSLSocket]:
        """Shake hands over `wire`, or over a new one where the server knows old versions alone.

        Returns the wire that goes on, and its TLS connection. Raises Fault, which holds the chain
        where a certificate is refused, and ssl.SSLError where `ca_pem` holds no certificate.
        """
        try:
            return wire, self._secure(wire, old=False)
        except Fault as fault:
            if not self._may_know_old_alone(fault):
                raise
            first = fault
        self.transcript.noted(f"{first.error}: once more, for a version before TLS 1.2")
        wire.close()
        try:
            return self._speak_old()
        except Fault as fault:  # tells less than the first one, unless there is a certificate
            raise fault if fault.kind in OF_CERTIFICATE else first from None

    def _may_know_old_alone(self, fault: Fault) -> bool:
        refused = fault.kind is FaultKind.TLS and fault.tls_reason not in _NO_MATTER_OF_VERSION
        return accepts_old(self.endpoint.tls_version) and (
            refused or fault.kind is FaultKind.CLOSED
        )

    def _speak_old(self) -> tuple[Wire, ssl.SSLSocket]:
        """The handshake in another connection, which has to end in an old version.

        Whoever broke the first one gains nothing by it. New versions are offered here as well, and
        the handshake protects what is offered (RFC 5246, section 7.4.9; RFC 8446, section 4.1.3): a
        server that knows one agrees on it, and then nothing is said in this connection.
        """
        wire = connect(self.address, self.network, self.limits, self.transcript, self.redact)
        try:
            come_to_handshake(wire, self.endpoint)
            connection = self._secure(wire, old=True)
            if not is_old(connection):
                raise Fault(FaultKind.TLS, error=_NEW_AFTER_ALL)
        except BaseException:
            wire.close()
            raise
        return wire, connection

    def _secure(self, wire: Wire, *, old: bool) -> ssl.SSLSocket:
        """Shake hands, and see that the certificate is the one that is pinned, where one is."""
        at = self.endpoint
        verified = not at.pinned  # which is compared instead
        context = context_for(at.tls_version, at.ca_pem, verified=verified, old=old)
        try:
            connection = wire.start_tls(context, at.server)
        except Fault as fault:
            if fault.kind is FaultKind.CERTIFICATE:
                fault.chain = self._inspect()
            raise
        if at.pinned and not is_pinned(connection, at.pinned):
            other = Fault(FaultKind.PIN, error=_OTHER_CERTIFICATE)
            # With implicit TLS it has not greeted, and may be no mail server (SPEC L3).
            greeted = at.security is Security.STARTTLS
            other.chain = chain_of(connection) if greeted else self._inspect()
            wire.poison()
            raise other
        return connection

    def _inspect(self) -> Chain:
        """The certificates that the server shows in another conversation, not verified."""
        deadline = self.limits(Phase.CONNECT)
        chain = inspect(self.endpoint, self.address, self.network, deadline)
        saw = chain[0].fingerprint if chain else "none"
        self.transcript.noted(f"looked at the certificate again, without signing in: {saw}")
        return chain
