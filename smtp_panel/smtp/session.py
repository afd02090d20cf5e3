"""One conversation with a mail server: the only place that opens a mail socket."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smtp_panel.secret import Secret
from smtp_panel.smtp import auth
from smtp_panel.smtp.content import as_data
from smtp_panel.smtp.deadline import Deadline
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Facts, Handover, Kind, Stage
from smtp_panel.smtp.fault import Fault, faults
from smtp_panel.smtp.network import Address, Network, resolve
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.tls import context_for, handshake_facts
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire

FAREWELL_SECONDS = 1.0
CONNECT_SECONDS = 5.0  # for an address while another one is left to try
NOT_IMPLEMENTED = frozenset({500, 501, 502, 504, 550})  # to EHLO; RFC 5321, section 3.2
_QUEUE_ID = re.compile(
    r"(?:queued as|id=|queued with id|message-id:?|\bok:?)\s*<?([\w.@-]{6,})", re.I
)
_HOST_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")

Detail = dict[str, Any]


@dataclass
class Known:
    """What the conversation has shown so far; a diagnosis reads it when a step fails."""

    greeting: str = ""
    offered: tuple[str, ...] = ()
    offered_tls: tuple[str, ...] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)
    refusals: list[Reply] = field(default_factory=list)
    handover: Handover = Handover.NOT_BEGUN


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
        self._addresses: tuple[str, ...] = ()
        self._wire: Wire | None = None
        self._redact = Redactor(_secrets(endpoint))
        self.transcript = Transcript(self._redact)
        self.known = Known()

    def resolve(self) -> Detail:
        """Find the server's addresses, once; these and no others are dialled."""
        with faults():
            found = resolve(self._endpoint.server, self._deadline, self._network.lookup)
        self._addresses = found
        self.transcript.noted(f"{self._endpoint.server} is {', '.join(found)}")
        return {"server": self._endpoint.server, "addresses": list(found)}

    def connect(self) -> Detail:
        """Connect to the first address that answers."""
        failed: list[Detail] = []
        for position, host in enumerate(self._addresses, start=1):
            address = Address(host, self._endpoint.port)
            try:
                with faults():
                    connection = self._dial(address, last=position == len(self._addresses))
            except Fault as fault:
                self.transcript.noted(f"{address} failed: {fault.error}")
                failed.append({"address": str(address), "error": fault.error})
                if position == len(self._addresses):
                    raise
                continue
            self.transcript.noted(f"connected to {address}")
            self._wire = Wire(connection, self._deadline, self.transcript, self._redact)
            return {"address": str(address), "failed": failed, "local": _local(connection)}
        raise Fault(Kind.DNS_NO_ADDRESS, stage=Stage.DNS, error="no address")

    def greeting(self) -> Detail:
        """Read the server's greeting (RFC 5321, section 4.3.1)."""
        reply = self._expect(220, self._open.reply())
        self.known.greeting = reply.text
        return {"greeting": reply.text}

    def ehlo(self) -> Detail:
        """Say EHLO, or HELO to a server that knows no EHLO, and learn what is offered."""
        name = self._endpoint.ehlo_name or _own_name(self._open.connection)
        reply = self._open.command(f"EHLO {name}")
        if reply.code in NOT_IMPLEMENTED:
            self.known.refusals.append(reply)
            reply = self._open.command(f"HELO {name}")
        self._expect(250, reply, Stage.EHLO)
        self.known.extensions = _extensions(reply.lines[1:])
        if isinstance(self._open.connection, ssl.SSLSocket):
            self.known.offered_tls = reply.shown[1:]
        else:
            self.known.offered = reply.shown[1:]
        return {"name": name, "offered": list(reply.shown[1:]), "size_limit": self._size_limit()}

    def start_tls(self) -> Detail:
        """Secure the connection: at once, or by STARTTLS (RFC 3207) and a fresh EHLO."""
        asked = self._endpoint.security is Security.STARTTLS
        if asked:
            if "STARTTLS" not in self.known.extensions:
                raise Fault(Kind.NOT_OFFERED, stage=Stage.STARTTLS, error="STARTTLS not offered")
            self._expect(220, self._open.command("STARTTLS"), Stage.STARTTLS)
        context = context_for(self._endpoint)
        connection = self._open.start_tls(context, self._endpoint.server)
        met = handshake_facts(connection)
        self.transcript.noted(f"{met['version']} with {met['cipher']}")
        if asked:
            met["offered"] = self.ehlo()["offered"]
        return met

    def authenticate(self) -> Detail:
        """Sign in with the endpoint's user name and password."""
        endpoint = self._endpoint
        if not endpoint.password:
            raise Fault(Kind.CREDENTIALS_MISSING, error="a user name without a password")
        credentials = auth.Credentials(endpoint.username, endpoint.password)
        mechanism = auth.authenticate(
            self._open, credentials, endpoint.auth, self.mechanisms, self.known.refusals
        )
        return {"mechanism": mechanism.value.upper(), "offered": list(self.mechanisms)}

    def mail_from(self, sender: str, size: int = 0, eight_bit: bool = False) -> Detail:
        """Name the envelope sender, with the message's SIZE in octets (RFC 1870) and 8BITMIME."""
        command = f"MAIL FROM:<{sender}>"
        if size and "SIZE" in self.known.extensions:
            command += f" SIZE={size}"
        if eight_bit and "8BITMIME" in self.known.extensions:
            command += " BODY=8BITMIME"
        reply = self._expect(250, self._open.command(command))
        return {"address": sender, "reply": str(reply)}

    def rcpt_to(self, recipient: str) -> Detail:
        """Name the recipient."""
        reply = self._open.command(f"RCPT TO:<{recipient}>")
        if reply.code != 251:  # "User not local; will forward", an acceptance
            self._expect(250, reply)
        return {"address": recipient, "reply": str(reply)}

    def data(self, content: bytes) -> Detail:
        """Hand over the content; once this returns, the server has taken responsibility."""
        self._expect(354, self._open.command("DATA"))
        octets = as_data(content)
        self.transcript.sent(f"(message, {len(octets)} octets)")
        self.known.handover = Handover.SENDING
        self._open.send(octets)
        self.known.handover = Handover.FINISHED
        reply = self._expect(250, self._open.reply())
        queued = _QUEUE_ID.search(reply.text)
        return {
            "reply": str(reply),
            "queue_id": (queued[1] or queued[2]) if queued else None,
            "octets": len(octets),
        }

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms offered by the last EHLO."""
        return tuple(self.known.extensions.get("AUTH", "").upper().split())

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
        reply = fault.reply
        raw = self._wire.first_bytes if self._wire else b""
        return Facts(
            stage=fault.stage or step,
            kind=fault.kind,
            server=self._endpoint.server,
            port=self._endpoint.port,
            security=self._endpoint.security,
            username=self._endpoint.username,
            sender=sender,
            recipient=recipient,
            code=reply.code if reply else None,
            enhanced=reply.enhanced if reply else None,
            text=reply.text if reply else "",
            error=self._redact(fault.error),
            greeting=self.known.greeting,
            raw=self._redact(raw.decode("latin-1")),
            offered=self.known.offered,
            offered_tls=self.known.offered_tls,
            mechanisms=self.mechanisms,
            refusals=tuple(map(str, self.known.refusals)),
            handover=self.known.handover,
            verify_code=fault.verify_code,
            tls_reason=fault.tls_reason,
        )

    @property
    def _open(self) -> Wire:
        if self._wire is None:
            raise RuntimeError("connect() comes first")
        return self._wire

    def _dial(self, address: Address, *, last: bool) -> socket.socket:
        left = self._deadline.remaining()
        return self._network.connect(address, left if last else min(left, CONNECT_SECONDS))

    def _expect(self, code: int, reply: Reply, stage: Stage | None = None) -> Reply:
        if reply.code != code:
            raise Fault.refused(reply, stage)
        return reply

    def _size_limit(self) -> int | None:
        limit = self.known.extensions.get("SIZE", "")
        return int(limit) if limit.isascii() and limit.isdigit() and limit != "0" else None


def _secrets(endpoint: Endpoint) -> list[Secret]:
    if not endpoint.password:
        return []
    return [endpoint.password, Secret(f"\0{endpoint.username}\0{endpoint.password.reveal()}")]


def _extensions(lines: tuple[str, ...]) -> dict[str, str]:
    """Keyword to parameters; `AUTH=PLAIN LOGIN`, an old spelling, counts as AUTH."""
    found: dict[str, str] = {}
    for line in lines:
        keyword, _, parameters = line.strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        key = keyword.upper()
        found[key] = f"{found[key]} {parameters}" if key in found else parameters
    return found


def _own_name(connection: socket.socket) -> str:
    """This host's full name, else its address as a literal (RFC 5321, section 4.1.4)."""
    name = socket.gethostname()
    if _HOST_NAME.fullmatch(name):
        return name
    host = _local(connection)
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"
