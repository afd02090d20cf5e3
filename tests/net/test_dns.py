"""Questions to the DNS: what is there, what is not, and what could not be asked (SPEC D5, P1)."""

from __future__ import annotations

import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import MX, NOTHING, SRV, Answer, Kind, LookupFailed, NameServers, Record
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
    name_server: StartDns, name: str, kind: Kind, records: tuple[Record, ...]
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


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with dns_server({}) as gone:
        pass

    with pytest.raises(LookupFailed):
        gone.name_servers.ask("mail.example", "A", Deadline(SHORT))
