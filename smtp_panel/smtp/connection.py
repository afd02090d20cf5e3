"""One conversation with a mail server: the only place that opens a mail socket."""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import replace
from typing import Any

from smtp_panel.net.certificates import Chain, chain_facts, chain_of
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import dial
from smtp_panel.net.network import Address, Network
from smtp_panel.net.resolve import resolve
from smtp_panel.net.tls import context_for, handshake_facts
from smtp_panel.secret import Secret
from smtp_panel.smtp import auth
from smtp_panel.smtp.content import as_data
from smtp_panel.smtp.endpoint import Auth, Endpoint, Security
from smtp_panel.smtp.extensions import Offer
from smtp_panel.smtp.facts import Facts, Handover, Kind, Stage
from smtp_panel.smtp.fault import Fault, faults
from smtp_panel.smtp.inspection import inspect, secure
from smtp_panel.smtp.known import Known
from smtp_panel.smtp.oauth import secrets_of
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.text import one_line
from smtp_panel.smtp.token_login import TokenLogin
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

FAREWELL_SECONDS = 1.0
NOT_IMPLEMENTED = frozenset({500, 501, 502, 504, 550})  # to EHLO; RFC 5321, section 3.2
TOLD = 300  # characters of a reply that a step tells

Detail = dict[str, Any]


class Session:
    """A conversation with `endpoint`, over before the deadline whatever the server does.

    Each step is a method that returns what it met and raises Fault. They are called in the order
    of SMTP: resolve, connect, (start_tls if implicit), greeting, ehlo, (start_tls), authenticate,
    mail_from, rcpt_to, data. Commands are not pipelined (RFC 2920), also where the server offers
    it: each step ends with its own answer, and one recipient would save a single round trip.
    """

    def __init__(self, endpoint: Endpoint, deadline: Deadline, network: Network) -> None:
        self._endpoint = endpoint
        self._deadline = deadline
        self._network = network
        self._addresses: list[Address] = []
        self._address: Address | None = None
        self._wire: Wire | None = None
        self._offer = Offer()
        self._redact = Redactor(_secrets(endpoint))
        self.certificates: Detail = {}
        self.transcript = Transcript(self._redact)
        self.known = Known(endpoint, self._redact)

    def resolve(self) -> Detail:
        """Find the server's addresses, once; these and no others are dialled."""
        server = self._endpoint.server
        with faults():
            found = resolve(server, self._deadline, self._network.lookup)
        if not found:
            raise Fault(Kind.DNS_NO_ADDRESS, error="the name has no address")
        self._addresses = [Address(host, self._endpoint.port) for host in found]
        self.transcript.noted(f"{server} is {', '.join(found)}")
        return {"server": server, "addresses": list(found)}

    def connect(self) -> Detail:
        """Connect to the address that answers first; each attempt is told."""
        dialled = dial(self._addresses, self._network, self._deadline)
        for address, fault in dialled.failed.items():
            self.transcript.noted(f"{address} failed: {fault.error}")
        failed = [{"address": str(a), "error": fault.error} for a, fault in dialled.failed.items()]
        if dialled.address is None or dialled.connection is None:
            refused = Fault.of(dialled.fault)
            refused.met = {"failed": failed}
            raise refused
        self.transcript.noted(f"connected to {dialled.address}")
        self._address = dialled.address
        self._wire = Wire(dialled.connection, self._deadline, self.transcript, self._redact)
        return {"address": str(dialled.address), "failed": failed, "local": self._wire.local}

    def greeting(self) -> Detail:
        """Read the server's greeting (RFC 5321, section 4.3.1)."""
        reply = _expect(220, self._open.reply())
        self.known.greeting = reply.text
        return {"greeting": one_line(reply.text, TOLD)}

    def ehlo(self) -> Detail:
        """Say EHLO, or HELO to a server that knows no EHLO, and learn what is offered."""
        name = self._endpoint.ehlo_name or self._open.literal
        with faults(Stage.EHLO):
            reply = self._open.command(f"EHLO {name}")
            if reply.code in NOT_IMPLEMENTED:
                self.known.refusals.append(reply)
                reply = self._open.command(f"HELO {name}")
            _expect(250, reply)
        offered = self._learn(reply)
        greeted = one_line(reply.shown[0], TOLD)
        size_limit = self._offer.size_limit
        return {"name": name, "greeted": greeted, "offered": offered, "size_limit": size_limit}

    def start_tls(self) -> Detail:
        """Secure the connection: at once, or by STARTTLS (RFC 3207) and a fresh EHLO.

        Where it is at once, `certificates` is not told: what answers may be no mail server.
        """
        endpoint = self._endpoint
        verified = not endpoint.pinned  # which is compared here, by `secure`
        context = context_for(endpoint.tls_version, endpoint.ca_pem, verified=verified)
        asked = endpoint.security is Security.STARTTLS
        if asked:
            with faults(Stage.STARTTLS):
                self._ask_for_tls()
        connection = secure(self._open, context, endpoint, self._inspect)
        met = handshake_facts(connection)
        self.certificates = chain_facts(chain_of(connection))
        self.transcript.noted(f"{met['version']} with {met['cipher']}")
        return met | self.certificates | self._ehlo_again() if asked else met

    def authenticate(self) -> Detail:
        """Sign in with the endpoint's user name, and its password or an access token."""
        endpoint, offered = self._endpoint, self._offer.mechanisms
        told: Detail = {"offered": list(self.known.mechanisms)}
        if endpoint.auth is Auth.OAUTH2:
            token_login = TokenLogin(
                endpoint=endpoint,
                deadline=self._deadline,
                network=self._network,
                transcript=self.transcript,
                redact=self._redact,
            )
            return told | token_login.sign_in(self._open, offered, self.known.refusals)
        if not endpoint.password:
            raise Fault(Kind.CREDENTIALS_MISSING, error="a user name without a password")
        who = auth.Credentials(endpoint.username, endpoint.password)
        refusals = self.known.refusals
        mechanism = auth.authenticate(self._open, who, endpoint.auth, offered, refusals)
        return told | {"mechanism": mechanism}

    def mail_from(self, sender: str, recipient: str = "", content: bytes = b"") -> Detail:
        """Name the envelope sender, and what the message to `recipient` asks of the server.

        Raises Fault where the server does not offer that, before anything is said.
        """
        utf8 = not f"{sender}{recipient}".isascii()
        asked = self._offer.mail_parameters(len(content), not content.isascii(), utf8)
        reply = _expect(250, self._open.command(" ".join((f"MAIL FROM:<{sender}>", *asked))))
        return {"address": sender, "reply": one_line(str(reply), TOLD)}

    def rcpt_to(self, recipient: str) -> Detail:
        """Name the recipient."""
        reply = self._open.command(f"RCPT TO:<{recipient}>")
        if reply.code != 251:  # "User not local; will forward", an acceptance
            _expect(250, reply)
        return {"address": recipient, "reply": one_line(str(reply), TOLD)}

    def would_take(self, sender: str, recipient: str) -> bool:
        """Whether the server takes `sender`, and `recipient` unless that is empty, for a message.

        Asked in the conversation as it stands, without sending one.
        """
        try:
            _expect(250, self._open.command("RSET"))
            self.mail_from(sender)
            if recipient:
                self.rcpt_to(recipient)
        except Fault:
            return False
        return True

    def within_reach(self, network: Network) -> Network:
        """`network`, with names leading only to the addresses that this session's server has."""
        known = {address.host for address in self._addresses}
        return replace(
            network, lookup=lambda name: [each for each in network.lookup(name) if each in known]
        )

    def data(self, content: bytes) -> Detail:
        """Hand over the content; once this returns, the server has taken responsibility."""
        _expect(354, self._open.command("DATA"))
        octets = as_data(content)
        self.transcript.sent(f"(message, {len(octets)} octets)")
        self.known.handover = Handover.SENDING
        self._open.send(octets)
        self.known.handover = Handover.FINISHED
        reply = _expect(250, self._open.reply())
        told = one_line(str(reply), TOLD)
        return {"reply": told, "queue_id": reply.queue_id, "octets": len(octets)}

    def quit(self) -> None:
        """Say QUIT and wait a moment for the answer; what was accepted stays accepted."""
        if self._wire:
            with contextlib.suppress(Fault, TimeoutError):
                self._wire.farewell(min(FAREWELL_SECONDS, self._deadline.remaining()))
            self._wire.close()

    def close(self) -> None:
        """End the connection without ceremony."""
        if self._wire:
            self._wire.close()

    def facts(self, step: Stage, fault: Fault, sender: str, recipient: str) -> Facts:
        """Everything that is known about `fault`, met at `step`."""
        octets = self._wire.first_octets if self._wire else b""
        return self.known.facts(
            step, fault, sender=sender, recipient=recipient, first_octets=octets
        )

    @property
    def _open(self) -> Wire:
        if self._wire is None:
            raise RuntimeError("connect() comes first")
        return self._wire

    def _ehlo_again(self) -> Detail:
        """After STARTTLS nothing counts that was offered before it; a change of AUTH is told."""
        before, again = "AUTH" in self._offer, self.ehlo()
        met = {"offered": again["offered"], "size_limit": again["size_limit"]}
        if before is not (after := "AUTH" in self._offer):
            met["auth"] = "appeared" if after else "vanished"
            self.transcript.noted(f"AUTH {met['auth']} with TLS")
        return met

    def _inspect(self) -> Chain:
        """The certificates that are shown in another conversation, to who verifies none."""
        address, network = self._address, self._network
        chain = inspect(self._endpoint, address, network, self._deadline) if address else ()
        saw = chain[0].fingerprint if chain else "none"
        self.transcript.noted(f"looked at the certificate again, without signing in: {saw}")
        return chain

    def _ask_for_tls(self) -> None:
        if "STARTTLS" not in self._offer:
            raise Fault(Kind.NOT_OFFERED, error="STARTTLS not offered")
        _expect(220, self._open.command("STARTTLS"))

    def _learn(self, reply: Reply) -> list[str]:
        """Keep what the answer to EHLO offers; the result may be shown."""
        self._offer = Offer.of(reply.lines[1:])
        offered = reply.shown[1:]
        self.known.mechanisms = tuple(map(self._redact, self._offer.mechanisms))
        if isinstance(self._open.connection, ssl.SSLSocket):
            self.known.offered_tls = offered
        else:
            self.known.offered = offered
        return list(offered)


def _expect(code: int, reply: Reply) -> Reply:
    if reply.code != code:
        raise Fault.refused(reply)
    return reply


def _secrets(endpoint: Endpoint) -> list[Secret]:
    secrets = secrets_of(endpoint.oauth) if endpoint.oauth else []
    if endpoint.password:
        response = Secret(f"\0{endpoint.username}\0{endpoint.password.reveal()}")
        secrets += [endpoint.password, response]
    return secrets
