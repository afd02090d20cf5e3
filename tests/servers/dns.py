"""A DNS server on loopback, over UDP and TCP: answers from a table, or not at all."""

from __future__ import annotations

import socketserver
import struct
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from smtp_panel.net.dns import NameServers
from tests.servers.ports import free_ports
from tests.servers.serving import serving

HOST = "127.0.0.1"
SECONDS = 300  # for which an answer may be kept

Zone = Mapping[tuple[str, str], Sequence[str]]


@dataclass
class DnsServer:
    """A running name server.

    `zone` has the records of each name and kind, as a zone file writes them; the name "*" stands
    for every label before what follows it. Other kinds of a name that is there have no record, and
    other names do not exist. `failing` names get SERVFAIL, `silent` ones no answer, and those that
    are `long` a truncated one over UDP. Each answer takes `delay` seconds. `asked` counts the
    questions by name and kind.
    """

    zone: dict[tuple[str, str], Sequence[str]]
    failing: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    long: set[str] = field(default_factory=set)
    delay: float = 0.0
    port: int = 0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def name_servers(self) -> NameServers:
        """What asks it."""
        return NameServers([(HOST, self.port)])

    @property
    def variable(self) -> str:
        """SMTP_PANEL_DNS for it."""
        return f"{HOST}:{self.port}"

    def answer(self, octets: bytes, *, over_udp: bool) -> bytes | None:
        """The answer to a question, as it goes over the wire; none where the name is silent."""
        question = dns.message.from_wire(octets)
        asked = question.question[0]
        name, kind = _text(asked.name), dns.rdatatype.to_text(asked.rdtype)
        self.asked[name, kind] += 1
        if self.delay:
            time.sleep(self.delay)
        if name in self.silent:
            return None
        answer = dns.message.make_response(question, recursion_available=True)
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.long and over_udp:
            answer.flags |= dns.flags.TC
        else:
            self._fill(answer, asked.name.to_text(), name, kind)
        return answer.to_wire()

    def _fill(self, answer: dns.message.Message, owner: str, name: str, kind: str) -> None:
        found = self._named(name)
        if found is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            return
        alias = self.zone.get((found, "CNAME"))
        if alias and kind != "CNAME":
            answer.answer.append(_records(owner, "CNAME", alias))
            self._fill(answer, alias[0], _text(dns.name.from_text(alias[0])), kind)
        elif records := self.zone.get((found, kind)):
            answer.answer.append(_records(owner, kind, records))

    def _named(self, name: str) -> str | None:
        """What stands for `name` in the zone: itself, a name below it, or a wildcard above it."""
        names = {each for each, _ in self.zone}
        if name in names or any(each.endswith(f".{name}") for each in names):
            return name
        labels = name.split(".")
        wildcards = (".".join(("*", *labels[place:])) for place in range(1, len(labels)))
        return next((each for each in wildcards if each in names), None)


@contextmanager
def dns_server(zone: Zone) -> Iterator[DnsServer]:
    """A name server for `zone` that ends with the block."""
    server = DnsServer(
        {(name.lower().rstrip("."), kind): records for (name, kind), records in zone.items()}
    )

    class OverUDP(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, socket = self.request
            if answer := server.answer(octets, over_udp=True):
                socket.sendto(answer, self.client_address)

    class OverTCP(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (size,) = struct.unpack("!H", self.rfile.read(2))
            if answer := server.answer(self.rfile.read(size), over_udp=False):
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

    (server.port,) = free_ports(1)
    udp, tcp = _UDP((HOST, server.port), OverUDP), _TCP((HOST, server.port), OverTCP)
    with serving(udp), serving(tcp):
        yield server


class _UDP(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False
    max_packet_size = 4096


class _TCP(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


def _records(owner: str, kind: str, records: Sequence[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text(owner, SECONDS, dns.rdataclass.IN, kind, *records)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
