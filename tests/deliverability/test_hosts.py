"""What is found of MX and of reverse names (SPEC D5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtp_panel.deliverability.finding import State
from smtp_panel.deliverability.hosts import find_mx, find_names
from smtp_panel.deliverability.question import Question
from smtp_panel.net.dns import MX, Answer, DNSRecord, Kind, LookupFailed
from smtp_panel.words import Quoted
from tests.deliverability.looking import ADDRESS, DOMAIN, Zone, found_by, only
from tests.servers.fixtures import StartDns

HOST: Zone = {("mx.acme.example", "A"): ["192.0.2.5"]}
REVERSE = "4.4.8.8.in-addr.arpa"
CALLED: Zone = {(REVERSE, "PTR"): ["out.acme.example."]}


def mx(*records: str) -> Zone:
    return {(DOMAIN, "MX"): list(records)}


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (mx("10 mx.acme.example.") | HOST, "good mx-good"),
        (mx("10 gone.acme.example.", "20 mx.acme.example.") | HOST, "note mx-dead"),
        (mx("10 gone.acme.example."), "wrong mx-dead"),
        (mx("10 192.0.2.5."), "wrong mx-address"),
        (mx("0 ."), "wrong mx-null"),
        ({(DOMAIN, "A"): ["192.0.2.5"]}, "note mx-implicit"),
        ({(DOMAIN, "TXT"): ['"hello"']}, "missing mx-missing"),
        ({}, "missing mx-no-domain"),
    ],
)
def test_where_answers_go(name_server: StartDns, zone: Zone, expected: str) -> None:
    """RFC 5321, 5, and RFC 7505."""
    finding = only(name_server(zone), "mx")
    assert f"{finding.state} {finding.id}" == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (
            {(REVERSE, "PTR"): ["out.acme.example."], ("out.acme.example", "A"): [ADDRESS]},
            "good ptr-good",
        ),
        ({(REVERSE, "PTR"): ["out.acme.example."]}, "wrong ptr-elsewhere"),
        ({}, "missing ptr-missing"),
    ],
)
def test_a_leaving_address_has_a_name_that_leads_back(
    name_server: StartDns, zone: Zone, expected: str
) -> None:
    """RFC 1912, 2.1."""
    finding = only(name_server(zone), "ptr", addresses=(ADDRESS,))
    assert f"{finding.state} {finding.id}" == expected


def test_the_name_in_helo_is_offered_where_there_is_none(name_server: StartDns) -> None:
    """D5: the record to publish, by whoever gave the address."""
    record = only(name_server({}), "ptr", addresses=(ADDRESS,), helo="out.acme.example").record
    assert record
    assert (record.name, record.type, record.value) == (REVERSE, "PTR", "out.acme.example")
    assert only(name_server({}), "ptr", addresses=(ADDRESS,)).record is None


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("out.acme.example", "A", ADDRESS),
        ("host-8-8-4-4.isp.example", "PTR", "out.acme.example"),
        ("mx.acme.example", "PTR", "out.acme.example"),
    ],
)
def test_a_name_of_ones_own_is_to_lead_back_and_any_other_to_be_replaced(
    name_server: StartDns, name: str, kind: str, value: str
) -> None:
    """D5: by the record a name comes to agree with its address; one in use is left alone."""
    server = name_server({(REVERSE, "PTR"): [f"{name}."]} | HOST)
    about = {"addresses": (ADDRESS,), "helo": "out.acme.example"}
    record = only(server, "ptr", **about).record
    assert record
    assert (record.type, record.value) == (kind, value)
    server.zone[record.name, kind] = [value if kind == "A" else f"{value}."]
    record = only(server, "ptr", **about).record
    assert (record and record.type) == ("A" if kind == "PTR" else None)


def test_a_domain_that_takes_mail_at_its_own_address_may_say_so(name_server: StartDns) -> None:
    """RFC 5321, 5.1: it is taken for this record, so that nothing changes by it."""
    record = only(name_server({(DOMAIN, "A"): ["192.0.2.5"]}), "mx").record
    assert record
    assert (record.name, record.type, record.value) == (DOMAIN, "MX", f"0 {DOMAIN}")


def test_the_name_of_a_mail_server_elsewhere_is_at_most_noted(name_server: StartDns) -> None:
    """It may send from other addresses; a provider's are its own business."""
    server = name_server({("relay.example", "A"): [ADDRESS]})
    note = only(server, "ptr", server="relay.example")
    assert (note.state, note.id) == (State.NOTE, "ptr-missing")
    server.zone[REVERSE, "PTR"] = ["relay.example."]
    assert only(server, "ptr", server="relay.example").state is State.GOOD
    assert only(server, "ptr", server="smtp.gmail.com").id == "ptr-of-relay"


def test_each_leaving_address_is_told_of_and_none_of_a_private_network(
    name_server: StartDns,
) -> None:
    """What has no name of its own is the mail server's business."""
    addresses = (ADDRESS, "2001:4860::1", "10.0.0.1", "8.8.8.0/24")
    found = found_by(name_server({}), "ptr", addresses=addresses)
    assert [each.found.params["address"] for each in found] == [ADDRESS, "2001:4860::1"]
    assert only(name_server({}), "ptr", addresses=("10.0.0.1",)).id == "ptr-of-relay"


def test_hosts_that_could_not_be_looked_up_are_not_missing(name_server: StartDns) -> None:
    """D5."""
    server = name_server(mx("10 mx.acme.example."))
    server.failing |= {"mx.acme.example", REVERSE}
    assert only(server, "mx").id == "mx-unknown"
    assert only(server, "ptr", addresses=(ADDRESS,)).id == "ptr-unknown"


def test_an_address_that_is_known_is_one_whatever_else_could_not_be_looked_up() -> None:
    """D5: there are name servers that know nothing of IPv6."""

    def lookup(name: str, kind: Kind) -> Answer:
        if kind == "AAAA":
            raise LookupFailed(name, kind, Quoted("SERVFAIL"))
        records: dict[tuple[str, str], tuple[DNSRecord, ...]] = {
            (DOMAIN, "MX"): (MX(10, "mx.acme.example"),),
            ("mx.acme.example", "A"): (ADDRESS,),
            (REVERSE, "PTR"): ("mx.acme.example",),
        }
        return Answer(exists=True, records=records.get((name, kind), ()))

    question = Question(domain=DOMAIN, mail_from="", addresses=(ADDRESS,))
    assert find_mx(question, lookup)[0].id == "mx-good"
    assert find_names(question, lookup)[0].id == "ptr-good"
    other = replace(question, addresses=("2001:4860::1",))
    assert find_names(other, lookup)[0].id == "ptr-missing"
