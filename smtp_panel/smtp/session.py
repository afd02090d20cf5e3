"""One conversation with a mail server: the only place that opens a mail socket."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Any

from smtp_panel.secret import Secret
from smtp_panel.smtp import auth
from smtp_panel.smtp.conditions import one_line
from smtp_panel.smtp.content import as_data
from smtp_panel.smtp.deadline import Deadline
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Facts, Handover, Kind, Stage
from smtp_panel.smtp.fault import Fault, faults
from smtp_panel.smtp.known import Known
from smtp_panel.smtp.network import Address, Network, resolve
from smtp_panel.smtp.offer import Offer
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.tls import context_for, handshake_facts
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

FAREWELL_SECONDS = 1.0
CONNECT_SECONDS = 5.0  # for an address while another one is left to try
NOT_IMPLEMENTED = frozenset({500, 501, 502, 504, 550})  # to EHLO; RFC 5321, section 3.2
TOLD = 300  # characters of a reply that a step tells

Detail = dict[str, Any]


class Session:
    """A conversation with `endpoint`, over before the deadline whatever the server does.

    Each step is a method that returns what it met and raises Fault. They are called in the order
    of SMTP: resolve, connect, (start_tls if implicit), greeting, ehlo, (start_tls), authenticate,
    mail_from, rcpt_to, data.
    """

    def __init__(self, endpoint: Endpoint, deadline: Deadline, network: Network) -> None:
        self._endpoint = endpoint
        self._deadline = deadline
        self._network = network
        self._addresses: list[Address] = []
        self._wire: Wire | None = None
        self._offer = Offer()
        self._redact = Redactor(_secrets(endpoint))
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
        """Connect to the first address that answers."""
        met: list[Fault] = []
        failed: list[Detail] = []
        for address in self._addresses:
            try:
                connection = self._dial(address)
            except Fault as fault:
                met.append(fault)
                failed.append({"address": str(address), "error": fault.error})
                self.transcript.noted(f"{address} failed: {fault.error}")
                continue
            self.transcript.noted(f"connected to {address}")
            self._wire = Wire(connection, self._deadline, self.transcript, self._redact)
            return {"address": str(address), "failed": failed, "local": _local(connection)}
        raise _most_telling(met)

    def greeting(self) -> Detail:
        """Read the server's greeting (RFC 5321, section 4.3.1)."""
        reply = _expect(220, self._open.reply())
        self.known.greeting = reply.text
        return {"greeting": one_line(reply.text, TOLD)}

    def ehlo(self) -> Detail:
        """Say EHLO, or HELO to a server that knows no EHLO, and learn what is offered."""
        name = self._endpoint.ehlo_name or _address_literal(self._open.connection)
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
        """Secure the connection: at once, or by STARTTLS (RFC 3207) and a fresh EHLO."""
        context = context_for(self._endpoint)
        asked = self._endpoint.security is Security.STARTTLS
        if asked:
            with faults(Stage.STARTTLS):
                self._ask_for_tls()
        connection = self._open.start_tls(context, self._endpoint.server)
        met = handshake_facts(connection)
        self.transcript.noted(f"{met['version']} with {met['cipher']}")
        if asked:
            again = self.ehlo()
            met |= {"offered": again["offered"], "size_limit": again["size_limit"]}
        return met

    def authenticate(self) -> Detail:
        """Sign in with the endpoint's user name and password."""
        endpoint = self._endpoint
        if not endpoint.password:
            raise Fault(Kind.CREDENTIALS_MISSING, error="a user name without a password")
        credentials = auth.Credentials(endpoint.username, endpoint.password)
        mechanism = auth.authenticate(
            self._open, credentials, endpoint.auth, self._offer.mechanisms, self.known.refusals
        )
        return {"mechanism": mechanism.value.upper(), "offered": list(self.known.mechanisms)}

    def mail_from(self, sender: str, size: int = 0, eight_bit: bool = False) -> Detail:
        """Name the envelope sender, with the message's SIZE in octets (RFC 1870) and 8BITMIME."""
        command = f"MAIL FROM:<{sender}>"
        if size and "SIZE" in self._offer:
            command += f" SIZE={size}"
        if eight_bit and "8BITMIME" in self._offer:
            command += " BODY=8BITMIME"
        reply = _expect(250, self._open.command(command))
        return {"address": sender, "reply": one_line(str(reply), TOLD)}

    def rcpt_to(self, recipient: str) -> Detail:
        """Name the recipient."""
        reply = self._open.command(f"RCPT TO:<{recipient}>")
        if reply.code != 251:  # "User not local; will forward", an acceptance
            _expect(250, reply)
        return {"address": recipient, "reply": one_line(str(reply), TOLD)}

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

    def _dial(self, address: Address) -> socket.socket:
        with faults():
            left = self._deadline.remaining()
            last = address is self._addresses[-1]
            return self._network.connect(address, left if last else min(left, CONNECT_SECONDS))

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


def _most_telling(met: list[Fault]) -> Fault:
    """Of several addresses' faults: a missing route, as for IPv6, says less than an answer."""
    return next((fault for fault in met if fault.kind is not Kind.UNREACHABLE), met[-1])


def _secrets(endpoint: Endpoint) -> list[Secret]:
    if not endpoint.password:
        return []
    return [endpoint.password, Secret(f"\0{endpoint.username}\0{endpoint.password.reveal()}")]


def _address_literal(connection: socket.socket) -> str:
    """This end of the connection, as a host names itself without a name (RFC 5321, 4.1.3)."""
    host = _local(connection)
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"
