"""Questions to the DNS: what is there, what is not, and what could not be asked (SPEC D5, P1)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rrset
import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import MX, NOTHING, SRV, Answer, DNSRecord, Kind, LookupFailed, NameServers
from tests.servers.dns import dns_server
from tests.servers.fixtures import StartDns

SECONDS = 3.0
SHORT = 0.2
ZONE = {
    ("mail.example", "A"): ["192.0.2.7"],
    ("mail.example", "AAAA"): ["2001:db8::7"],
    ("example", "MX"): ["20 Backup.Example.", "10 mail.example."],
    ("none.example", "MX"): ["0 ."],
    ("_submission._tcp.example", "SRV"): ["0 1 587 mail.example."],
    ("example", "TXT"): ['"v=spf1 " "-all"', '"caf\\233"'],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["Mail.Example."],
    ("www.example", "CNAME"): ["mail.example."],
    ("*.wild.example", "A"): ["192.0.2.8"],
}


@pytest.mark.parametrize(
    ("name", "kind", "records"),
    [
        ("mail.example", "A", ("192.0.2.7",)),
        ("MAIL.example.", "AAAA", ("2001:db8::7",)),
        ("example", "MX", (MX(10, "mail.example"), MX(20, "backup.example"))),
        ("none.example", "MX", (MX(0, ""),)),
        ("_submission._tcp.example", "SRV", (SRV(0, 1, 587, "mail.example"),)),
        ("example", "TXT", (b"caf\xe9", b"v=spf1 -all")),
        ("7.2.0.192.in-addr.arpa", "PTR", ("mail.example",)),
        ("www.example", "A", ("192.0.2.7",)),
        ("any.wild.example", "A", ("192.0.2.8",)),
        ("mail.example", "MX", ()),
    ],
)
def test_a_record_is_read_as_its_kind_has_it(
    name_server: StartDns, name: str, kind: Kind, records: tuple[DNSRecord, ...]
) -> None:
    answer = name_server(ZONE).name_servers.ask(name, kind, Deadline(SECONDS))

    assert answer.exists
    assert sorted(answer.records) == list(records)


@pytest.mark.parametrize("name", ["other.example", "a..example", f"{'x' * 64}.example", "\\"])
def test_a_name_that_is_not_there_or_can_not_be_has_nothing(
    name_server: StartDns, name: str
) -> None:
    assert name_server(ZONE).name_servers.ask(name, "A", Deadline(SECONDS)) == NOTHING


def test_an_answer_too_long_for_udp_is_fetched_over_tcp(name_server: StartDns) -> None:
    server = name_server(ZONE)
    server.long.add("mail.example")

    answer = server.name_servers.ask("mail.example", "A", Deadline(SECONDS))

    assert answer == Answer(exists=True, records=("192.0.2.7",))


def test_a_failure_of_the_name_server_is_no_answer(name_server: StartDns) -> None:
    server = name_server(ZONE)
    server.failing.add("mail.example")

    with pytest.raises(LookupFailed, match=r"mail\.example could not be asked for A: SERVFAIL"):
        server.name_servers.ask("mail.example", "A", Deadline(SECONDS))


def test_silence_ends_with_the_deadline_and_is_no_answer(name_server: StartDns) -> None:
    server = name_server(ZONE)
    server.silent.add("mail.example")

    with pytest.raises(LookupFailed, match="no answer in time"):
        server.name_servers.ask("mail.example", "A", Deadline(SHORT))


def test_a_second_name_server_is_asked_where_the_first_fails(name_server: StartDns) -> None:
    failing, other = name_server(ZONE), name_server(ZONE)
    failing.failing.add("mail.example")
    servers = NameServers([("127.0.0.1", failing.port), ("127.0.0.1", other.port)])

    assert servers.ask("mail.example", "A", Deadline(SECONDS)).records == ("192.0.2.7",)


def test_the_name_server_that_answered_is_the_first_to_be_asked_again(
    name_server: StartDns,
) -> None:
    """One that is down costs a second, and not one for every question."""
    down, other = name_server(ZONE), name_server(ZONE)
    down.failing.add("mail.example")
    servers = NameServers([("127.0.0.1", down.port), ("127.0.0.1", other.port)])
    for kind in ("A", "AAAA", "TXT"):
        servers.ask("mail.example", kind, Deadline(SECONDS))
    assert down.asked.total() == 1
    assert other.asked.total() == 3


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with dns_server({}) as gone:
        pass

    with pytest.raises(LookupFailed):
        gone.name_servers.ask("mail.example", "A", Deadline(SHORT))


@contextmanager
def name_server_beside(*authority: tuple[str, str, str]) -> Iterator[tuple[str, int]]:
    """A name server that has no records, and says who may; one question is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))

        def serve() -> None:
            octets, asker = listener.recvfrom(4096)
            answer = dns.message.make_response(dns.message.from_wire(octets))
            for name, kind, data in authority:
                answer.authority.append(dns.rrset.from_text(name, 60, "IN", kind, data))
            listener.sendto(answer.to_wire(), asker)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()


@pytest.mark.parametrize(
    "zone", [pytest.param("example.", id="below"), pytest.param(".", id="upwards")]
)
def test_to_refer_to_other_name_servers_is_no_answer(zone: str) -> None:
    """RFC 2308, 2.2: a lame one, or one that does not ask others; it is not that there is none."""
    with (
        name_server_beside((zone, "NS", "ns.other.example.")) as server,
        pytest.raises(LookupFailed, match="only refers to others"),
    ):
        NameServers([server]).ask("mail.example", "TXT", Deadline(SECONDS))


def test_a_second_name_server_is_asked_where_the_first_refers_to_others(
    name_server: StartDns,
) -> None:
    other = name_server(ZONE)
    with name_server_beside((".", "NS", "ns.other.example.")) as lame:
        servers = NameServers([lame, ("127.0.0.1", other.port)])
        found = servers.ask("mail.example", "A", Deadline(SECONDS))
    assert found.records == ("192.0.2.7",)


def test_a_name_without_records_may_come_with_its_name_servers() -> None:
    """RFC 2308, 2.2: beside SOA they are no referral."""
    soa = ("example.", "SOA", "ns.example. a. 1 2 3 4 5")
    with name_server_beside(("example.", "NS", "ns.example."), soa) as server:
        found = NameServers([server]).ask("mail.example", "TXT", Deadline(SECONDS))
    assert found == Answer(exists=True, records=())
