"""The way from a name to a server that is ready for mail, one step after the other."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

from smtp_panel.net.certificates import chain_facts, chain_of
from smtp_panel.net.dial import dial
from smtp_panel.net.network import Address, Network
from smtp_panel.net.resolve import resolve
from smtp_panel.net.tls import handshake_facts
from smtp_panel.secret import Secret
from smtp_panel.smtp import auth
from smtp_panel.smtp.endpoint import Auth, Endpoint, Security
from smtp_panel.smtp.extensions import Extensions, not_offered
from smtp_panel.smtp.facts import Facts, FaultKind, Handover, Stage
from smtp_panel.smtp.fault import Fault, expect, faults
from smtp_panel.smtp.findings import Findings
from smtp_panel.smtp.handshake import OF_CERTIFICATE, Handshake
from smtp_panel.smtp.limits import Limits, Phase
from smtp_panel.smtp.oauth import secrets_of, typed_of
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.text import MOST_TOLD, one_line
from smtp_panel.smtp.token_login import TokenLogin
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.smtp.trace import Detail, Listener, Trace
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire
from smtp_panel.words import N_, Sentence

_NO_ADDRESS = Sentence(N_("the name has no address"))
_NO_PASSWORD = Sentence(N_("a user name without a password"))
NOT_IMPLEMENTED = frozenset({500, 501, 502, 504, 550})  # to EHLO; RFC 5321, section 3.2


class Opening:
    """Opens the connection to `endpoint`, and keeps what it met on the way.

    `wire` is there once a connection is made, to `address`, one of `addresses`; `extensions` are
    those of the last EHLO.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        network: Network,
        listener: Listener | None,
        tokens: Tokens,
    ) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._network = network
        self._tokens = tokens
        self.redact = Redactor(_secrets(endpoint), _typed(endpoint))
        self.trace = Trace(listener)
        self.transcript = Transcript(self.redact)
        self._findings = Findings(endpoint, self.redact)
        self.addresses: list[Address] = []
        self.address: Address | None = None
        self.wire: Wire | None = None
        self.extensions = Extensions()

    def run(self) -> None:
        """Take every step that the endpoint asks for; raises Fault of the first that fails."""
        self._connect(self._resolve())
        security = self._endpoint.security
        if security is Security.IMPLICIT:
            self._start_tls()
        with self.trace.step(Stage.BANNER) as met:
            met.update(self._greeting())
        with self.trace.step(Stage.EHLO) as met:
            met.update(self._ehlo())
        if security is Security.STARTTLS:
            self._start_tls()
        if self._endpoint.signs_in:
            self._authenticate()

    @property
    def ready(self) -> Wire:
        """The wire; raises RuntimeError where no connection was made."""
        if self.wire is None:
            raise RuntimeError("the connection was not opened")
        return self.wire

    def facts(
        self,
        fault: Fault,
        sender: str,
        recipient: str,
        *,
        handover: Handover = Handover.NOT_BEGUN,
        refusals: Iterable[Reply] = (),
    ) -> Facts:
        """Everything that is known about `fault`, met here or later on this connection.

        `refusals` are earlier ones in the transaction of the message.
        """
        return self._findings.facts(
            fault,
            sender=sender,
            recipient=recipient,
            first_octets=self.wire.stream.first_octets if self.wire else b"",
            handover=handover,
            refusals=refusals,
        )

    def _resolve(self) -> list[Address]:
        """The server's addresses, looked up once; these and no others are dialled."""
        server = self._endpoint.server
        with self.trace.step(Stage.DNS) as met:
            found = resolve(server, self._limits(Phase.CONNECT), self._network.lookup)
            if not found:
                raise Fault(FaultKind.DNS_NO_ADDRESS, error=_NO_ADDRESS)
            self.transcript.noted(f"{server} is {', '.join(found)}")
            met.update(server=server, addresses=list(found))
        self._findings.addresses = tuple(found)
        self.addresses = [Address(host, self._endpoint.port) for host in found]
        return self.addresses

    def _connect(self, addresses: list[Address]) -> None:
        """A connection to the address that answers first; each attempt is told."""
        with self.trace.step(Stage.CONNECT) as met:
            dialled = dial(addresses, self._network, self._limits(Phase.CONNECT))
            for address, fault in dialled.failed.items():
                self.transcript.noted(f"{address} failed: {fault.error}")
            failed = [{"address": str(a), "error": f.error} for a, f in dialled.failed.items()]
            met["failed"] = failed
            if dialled.left_out:
                self.transcript.noted(f"{dialled.left_out} more addresses are not tried")
                met["not_tried"] = dialled.left_out
            if dialled.address is None or dialled.connection is None:
                raise Fault.of(dialled.fault)
            self.transcript.noted(f"connected to {dialled.address}")
            self.address = dialled.address
            self._findings.reached = dialled.address.host
            self.wire = Wire(dialled.connection, self._limits, self.transcript, self.redact)
            met.update({"address": str(dialled.address), "local": self.wire.stream.local})

    def _greeting(self) -> Detail:
        """The server's greeting (RFC 5321, section 4.3.1).

        The certificates of implicit TLS are told only now: what does not greet may be no mail
        server (SPEC L3).
        """
        wire = self.ready
        reply = expect(220, wire.reply())
        self._findings.greeting = reply.text
        if isinstance(wire.stream.connection, ssl.SSLSocket):
            self.trace.add(Stage.TLS, chain_facts(chain_of(wire.stream.connection)))
        return {"greeting": one_line(reply.text, MOST_TOLD)}

    def _ehlo(self) -> Detail:
        """Say EHLO, or HELO to a server that knows no EHLO, and learn what is offered."""
        wire = self.ready
        name = self._findings.ehlo_name = self._endpoint.ehlo_name or wire.literal
        with faults(Stage.EHLO):
            reply = wire.command(f"EHLO {name}")
            if reply.code in NOT_IMPLEMENTED:
                self._findings.refusals.append(reply)
                reply = self._helo(name, reply)
            expect(250, reply)
        return {
            "name": name,
            "greeted": one_line(reply.shown[0], MOST_TOLD),
            "offered": self._learn(reply),
            "size_limit": self.extensions.size_limit,
        }

    def _helo(self, name: str, refused: Reply) -> Reply:
        """The answer to HELO; a server that hangs up instead has `refused` this machine at EHLO."""
        try:
            return self.ready.command(f"HELO {name}")
        except Fault as fault:
            if fault.kind is FaultKind.CLOSED:
                raise Fault.refused(refused) from None
            raise

    def _learn(self, reply: Reply) -> list[str]:
        """Keep what the answer to EHLO offers; returns it as lines that may be shown."""
        self.extensions = Extensions.of(reply.lines[1:])
        offered = reply.shown[1:]
        self._findings.mechanisms = tuple(map(self.redact, self.extensions.mechanisms))
        if self.ready.stream.encrypted:
            self._findings.offered_tls = offered
        else:
            self._findings.offered = offered
        return list(offered)

    def _start_tls(self) -> None:
        """Secure the connection: at once, or by STARTTLS (RFC 3207) and a fresh EHLO."""
        with self.trace.step(Stage.TLS) as met:
            asked = self._endpoint.security is Security.STARTTLS
            if asked:
                self._ask_for_tls()
            connection = self._shake_hands(met)
            met.update(handshake_facts(connection))
            self.transcript.noted(f"{met['version']} with {met['cipher']}")
            if asked:
                met.update(chain_facts(chain_of(connection)) | self._ehlo_again())

    def _ask_for_tls(self) -> None:
        with faults(Stage.STARTTLS):
            if "STARTTLS" not in self.extensions:
                raise not_offered("STARTTLS")
            expect(220, self.ready.command("STARTTLS"))

    def _shake_hands(self, met: Detail) -> ssl.SSLSocket:
        """The handshake over the wire, or over a new one that takes its place."""
        if self.address is None:
            raise RuntimeError("the connection was not opened")
        handshake = Handshake(
            endpoint=self._endpoint,
            address=self.address,
            network=self._network,
            limits=self._limits,
            transcript=self.transcript,
            redact=self.redact,
        )
        try:
            self.wire, connection = handshake.run(self.ready)
        except Fault as fault:
            if fault.kind in OF_CERTIFICATE:
                met.update(chain_facts(fault.chain) | {"verify_code": fault.verify_code})
            raise
        return connection

    def _ehlo_again(self) -> Detail:
        """Say EHLO again: what was offered before TLS counts no more (RFC 3207, section 4.2)."""
        before, again = "AUTH" in self.extensions, self._ehlo()
        met = {"offered": again["offered"], "size_limit": again["size_limit"]}
        if before is not (after := "AUTH" in self.extensions):
            met["auth"] = "appeared" if after else "vanished"
            self.transcript.noted(f"AUTH {met['auth']} with TLS")
        return met

    def _authenticate(self) -> None:
        """Sign in with the endpoint's user name, and its password or an access token."""
        endpoint, offered, wire = self._endpoint, self.extensions.mechanisms, self.ready
        refusals = self._findings.refusals
        with self.trace.step(Stage.AUTH) as met:
            told = list(self._findings.mechanisms)
            if endpoint.auth is Auth.OAUTH2:
                met.update(self._token_login().sign_in(wire, offered, refusals))
            elif endpoint.password:
                who = auth.Credentials(endpoint.username, endpoint.password)
                met["mechanism"] = auth.authenticate(wire, who, endpoint.auth, offered, refusals)
            else:
                raise Fault(FaultKind.CREDENTIALS_MISSING, error=_NO_PASSWORD)
            met["offered"] = told

    def _token_login(self) -> TokenLogin:
        return TokenLogin(
            endpoint=self._endpoint,
            deadline=self._limits(Phase.COMMAND),
            network=self._network,
            transcript=self.transcript,
            tokens=self._tokens,
        )


def _secrets(endpoint: Endpoint) -> list[Secret]:
    secrets = secrets_of(endpoint.oauth) if endpoint.oauth else []
    if endpoint.password:
        response = Secret(f"\0{endpoint.username}\0{endpoint.password.reveal()}")
        secrets += [endpoint.password, response]
    return secrets


def _typed(endpoint: Endpoint) -> list[str]:
    """What is entered in the open beside the secrets, and may come back from the server."""
    client = typed_of(endpoint.oauth) if endpoint.oauth else []
    return [endpoint.server, endpoint.ehlo_name, endpoint.username, *client]
