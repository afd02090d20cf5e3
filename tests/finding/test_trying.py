"""SPEC P1: mail servers are found by trying, without credentials, on real servers."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import pytest

from smtp_panel.finding.finding import find_by_trying
from smtp_panel.finding.look import Seen, look
from smtp_panel.finding.reasons import NONE_ANSWERS
from smtp_panel.finding.trying import MOST_NAMES, names_to_try, try_servers
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Answer
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Address, Network, system_connect
from smtp_panel.settings import rules
from smtp_panel.smtp.endpoint import Endpoint, Security
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.postfix import Postfix
from tests.servers.scripted import expect, reply
from tests.servers.smtpd import Mode
from tests.smtp.conversations import LONG

HOST = "127.0.0.1"
QUERY = rules.query("ada@test.example")
MECHANISMS = ("LOGIN", "PLAIN")


pytestmark = pytest.mark.usefixtures("trusted")


class Town:
    """A network in which some names are on loopback, and their ports lead to servers of the tests.

    `dialled` are the addresses that were connected to.
    """

    def __init__(self, names: Mapping[str, str], ports: Mapping[int, int]) -> None:
        self._names = names
        self._ports = ports
        self.dialled: list[Address] = []

    def network(self, guard: Guard | None = None) -> Network:
        """The network; every domain is there, and none has an MX."""
        return Network(
            lookup=self._lookup,
            connect=self._connect,
            guard=guard or Guard(),
            ask=lambda _name, _kind, _deadline: Answer(exists=True, records=()),
        )

    def _lookup(self, name: str) -> list[str]:
        if name not in self._names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [self._names[name]]

    def _connect(self, address: Address) -> socket.socket:
        self.dialled.append(address)
        if address.port not in self._ports:
            raise ConnectionRefusedError
        return system_connect(Address(address.host, self._ports[address.port]))


def test_postfix_is_found_at_its_three_ports_the_best_first(postfix: Postfix) -> None:
    """P1: mail.test.example has a good certificate, smtp.test.example has not."""
    ports = {465: postfix.smtps, 587: postfix.submission, 25: postfix.plain}
    town = Town({"mail.test.example": HOST, "smtp.test.example": HOST}, ports)
    offers = find_by_trying(QUERY, town.network()).offers
    assert [(each.server, each.port) for each in offers][:2] == [
        ("mail.test.example", 465),
        ("mail.test.example", 587),
    ]
    best = offers[0]
    assert best.seen
    assert (best.security, best.seen.tls_version) == (Security.IMPLICIT, "TLSv1.3")
    assert best.seen.trusted
    assert "PLAIN" in best.seen.mechanisms
    assert best.username == "ada@test.example"
    assert {each.server for each in offers[2:4]} >= {"smtp.test.example"}
    assert not any(each.seen.trusted for each in offers if each.seen and each.server[0] == "s")


@pytest.mark.parametrize(("mode", "port"), [("implicit", 465), ("starttls", 587)])
def test_what_a_server_offers_is_seen(smtpd: StartSmtpd, mode: Mode, port: int) -> None:
    """P1: TLS version, certificate and mechanisms; nobody signs in."""
    server = smtpd(mode)
    town = Town({"mail.test.example": HOST}, {port: server.port})
    (offer,) = try_servers(QUERY, ["mail.test.example", "gone.test.example"], town.network())
    seen = Seen(security=Security(mode), tls_version="TLSv1.3", trusted=True, mechanisms=MECHANISMS)
    assert (offer.port, offer.seen) == (port, seen)
    assert server.logins == []


def test_a_server_without_tls_comes_last_and_says_so(smtpd: StartSmtpd) -> None:
    """P1: after one whose certificate is not good, behind which it is looked all the same."""
    ports = {587: smtpd("none").port, 465: smtpd("implicit").port}
    town = Town({"smtp.test.example": HOST}, ports)
    untrusted, clear = try_servers(QUERY, ["smtp.test.example"], town.network())
    assert untrusted.port == 465
    assert untrusted.seen == Seen(
        security=Security.IMPLICIT, tls_version="TLSv1.3", mechanisms=MECHANISMS
    )
    assert (clear.port, clear.security, clear.tls) == (587, Security.NONE, False)
    assert clear.seen == Seen(security=Security.NONE, mechanisms=MECHANISMS)


def test_one_without_a_sign_in_gets_no_user_name(smtpd: StartSmtpd) -> None:
    """P1: it may be a relay for this network, or take mail for its own domains only."""
    town = Town({"mail.test.example": HOST}, {25: smtpd("starttls", auth=()).port})
    (offer,) = try_servers(QUERY, ["mail.test.example"], town.network())
    assert (offer.port, offer.username) == (25, "")


def test_what_does_not_speak_smtp_is_no_mail_server(
    scripted: StartScripted, ca: CertificateAuthority
) -> None:
    """L3: nothing is told of it, its certificate included."""
    web = scripted([reply("HTTP/1.1 400 Bad Request")])
    hidden = scripted([reply("+OK POP3 ready")], tls=ca.wrong_name.context())
    town = Town({"mail.test.example": HOST}, {587: web.port, 465: hidden.port})
    assert try_servers(QUERY, ["mail.test.example"], town.network()) == []


def test_blocked_addresses_and_ports_are_not_tried(smtpd: StartSmtpd) -> None:
    """L3: by the guard of every connection."""
    names = {"mail.test.example": HOST, "smtp.test.example": "169.254.169.254"}
    town = Town(names, {587: smtpd("starttls").port, 465: smtpd("implicit").port})
    (offer,) = try_servers(QUERY, [*names], town.network(Guard(ports=(587,))))
    assert offer.port == 587
    assert {each.port for each in town.dialled} == {587}
    town.dialled.clear()
    assert try_servers(QUERY, [*names], town.network(Guard(block_private=True))) == []
    assert town.dialled == []


def test_at_most_six_names_are_tried() -> None:
    """L1: the usual two, and those of the MX that are preferred."""
    hosts = [f"mx{number}.test.example" for number in range(9)]
    names = names_to_try("test.example", ["mail.test.example", *hosts])
    assert names[:3] == ["smtp.test.example", "mail.test.example", "mx0.test.example"]
    assert len(names) == MOST_NAMES == 6


def test_where_nothing_answers_the_names_are_told() -> None:
    """P1."""
    town = Town({"mail.test.example": HOST}, {})
    told = find_by_trying(QUERY, town.network())
    assert told.offers == ()
    names = "smtp.test.example, mail.test.example"
    assert told.reason == (NONE_ANSWERS, {"domain": "test.example", "names": names})
    assert {each.port for each in town.dialled} == {465, 587, 25}


def test_a_dead_server_costs_no_more_than_the_deadline(scripted: StartScripted) -> None:
    """T8: silence is no server."""
    silent = scripted([expect("NEVER", "250 ok")])
    network = Town({"mail.test.example": HOST}, {587: silent.port}).network()
    endpoint = Endpoint(server="mail.test.example", port=587)
    assert look(endpoint, network, Deadline(0.1)) is None


def test_a_server_that_refuses_at_once_is_none(scripted: StartScripted) -> None:
    """P1: 554 is no greeting (RFC 5321, section 4.3.1)."""
    refusing = scripted([reply("554 no service")])
    network = Town({"mail.test.example": HOST}, {587: refusing.port}).network()
    assert look(Endpoint(server="mail.test.example", port=587), network, Deadline(LONG)) is None
