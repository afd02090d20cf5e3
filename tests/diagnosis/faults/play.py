"""How a fault of the list is played: a server's script, the settings, and what the network does."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from smtp_panel.check.check import Check
from smtp_panel.net.deadline import Clock
from smtp_panel.net.network import Address, Network, system_connect
from smtp_panel.smtp.endpoint import Security
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import HOST, ScriptedServer, Step, expect, greet, take_message
from tests.smtp.conversations import CONTENT, MAIL, endpoint_of, outgoing

ADDRESS = "192.0.2.7"  # of the server, as far as the check can see
OFFER = "AUTH PLAIN LOGIN"
LOGIN: tuple[Step, ...] = (greet(OFFER), expect("AUTH PLAIN ", "235 2.7.0 ok"))
NO_LOGIN: Mapping[str, Any] = {"username": "", "password": None}
SILENT = attrgetter("clock")  # where the server leaves the check waiting
ServerContext = Callable[[CertificateAuthority], Any]


@dataclass(frozen=True, kw_only=True)
class Play:
    """One fault: what the server does, and the settings with which the panel meets it.

    `at` is the server's name in the settings, and `port` its port there: both lead to the scripted
    server on loopback, unless the look-up or the connection fails by `lookup` or `connect`. `tls`
    makes the context of a server that speaks TLS from the first octet, `clock` the clock of the
    check with that server. `passes` says that the fault is none here: the message is accepted.
    """

    script: Sequence[Step] = ()
    at: str = "mail.test.example"
    port: int = 587
    security: Security = Security.NONE
    tls: ServerContext | None = None
    lookup: Exception | Sequence[str] = (ADDRESS,)
    connect: Mapping[str, Exception] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    sender: str = "app@test.example"
    recipient: str = "bob@test.example"
    content: bytes = CONTENT
    clock: Callable[[ScriptedServer], Clock] = lambda _server: time.monotonic
    passes: bool = False

    def run(self, scripted: StartScripted, ca: CertificateAuthority) -> Check:
        """The check of these settings, run to its end against this server."""
        server = scripted(self.script, tls=self.tls(ca) if self.tls else None)
        modes: dict[Security, Any] = {
            Security.NONE: "none",
            Security.STARTTLS: "starttls",
            Security.IMPLICIT: "implicit",
        }
        usual = {"server": self.at, "port": self.port, "ca_pem": ca.pem}
        check = Check(
            endpoint_of(server, modes[self.security], **(usual | dict(self.choices))),
            sender=self.sender,
            message=outgoing(self.content, self.recipient),
            clock=self.clock(server),
            network=Network(lookup=self._look_up, connect=self._dial(server.port)),
        )
        check.run()
        return check

    def _look_up(self, _name: str) -> list[str]:
        if isinstance(self.lookup, Exception):
            raise self.lookup
        return list(self.lookup)

    def _dial(self, port: int) -> Callable[[Address], socket.socket]:
        def dial(address: Address) -> socket.socket:
            if error := self.connect.get(address.host):
                raise error
            return system_connect(Address(HOST, port))

        return dial


def at_auth(*answer: str, offers: str = OFFER, **rest: Any) -> Play:
    """The login is refused in these words."""
    return Play(script=[greet(offers), expect("AUTH ", *answer)], **rest)


def at_mail(*answer: str, **rest: Any) -> Play:
    """MAIL FROM is answered in these words."""
    return Play(script=[*LOGIN, expect("MAIL FROM", *answer)], **rest)


def at_rcpt(*answer: str, **rest: Any) -> Play:
    """RCPT TO is answered in these words."""
    return Play(script=[*LOGIN, MAIL[0], expect("RCPT TO", *answer)], **rest)


def at_dot(*answer: str, **rest: Any) -> Play:
    """The finished message is answered in these words."""
    return Play(script=[*LOGIN, *MAIL[:2], take_message(*answer)], **rest)


def without_login(play: Play) -> Play:
    """The same, where no login is set."""
    script = [greet("SIZE 1000000"), *play.script[2:]]
    return Play(**{**vars(play), "script": script, "choices": {**play.choices, **NO_LOGIN}})
