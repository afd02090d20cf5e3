"""SPEC P1: mail servers are found by trying, without credentials, on real servers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from dataclasses import replace

import pytest

from smtp_panel.check.steps import StepState
from smtp_panel.finding.finding import Found
from smtp_panel.finding.look import Seen, look
from smtp_panel.finding.offer import Offer
from smtp_panel.finding.reasons import NONE_ANSWERS
from smtp_panel.finding.search import Search, ServerPort
from smtp_panel.finding.trying import (
    MOST_NAMES,
    NO_SUCH_NAME,
    NOT_ALLOWED,
    NOT_LOOKED_UP,
    PORTS,
    Try,
    names_to_try,
    offers,
    try_servers,
)
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Network
from smtp_panel.newer import read_known
from smtp_panel.settings import rules
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.words import Sentence
from tests.finding.town import HOST, Town
from tests.runs.runs import Gate
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.postfix import Postfix
from tests.servers.scripted import close, expect, reply
from tests.servers.smtpd import Mode
from tests.smtp.conversations import LONG

QUERY = rules.query("ada@test.example")
MECHANISMS = ("LOGIN", "PLAIN")


pytestmark = pytest.mark.usefixtures("trusted")


def tried(names: Iterable[str], network: Network) -> list[Offer]:
    """The offers of `names`, the best first."""
    return offers(
        QUERY, sorted(try_servers(names, network), key=lambda each: PORTS.index(each.port))
    )


def test_postfix_is_found_at_its_three_ports_the_best_first(postfix: Postfix) -> None:
    """P1: mail.test.example has a good certificate, smtp.test.example has not."""
    ports = {465: postfix.smtps, 587: postfix.submission, 25: postfix.plain}
    town = Town({"mail.test.example": HOST, "smtp.test.example": HOST}, ports)
    found = Search(QUERY, town.network()).run().offers
    assert [(each.server, each.port) for each in found][:2] == [
        ("mail.test.example", 465),
        ("mail.test.example", 587),
    ]
    best = found[0]
    assert best.seen
    assert (best.security, best.seen.tls_version) == (Security.IMPLICIT, "TLSv1.3")
    assert best.seen.trusted
    assert "PLAIN" in best.seen.mechanisms
    assert best.username == "ada@test.example"
    assert {each.server for each in found[2:4]} >= {"smtp.test.example"}
    assert not any(each.seen.trusted for each in found if each.seen and each.server[0] == "s")


@pytest.mark.parametrize(("mode", "port"), [("implicit", 465), ("starttls", 587)])
def test_what_a_server_offers_is_seen(smtpd: StartSmtpd, mode: Mode, port: int) -> None:
    """P1: TLS version, certificate and mechanisms; nobody signs in."""
    server = smtpd(mode)
    town = Town({"mail.test.example": HOST}, {port: server.port})
    (offer,) = tried(["mail.test.example", "gone.test.example"], town.network())
    seen = Seen(security=Security(mode), tls_version="TLSv1.3", trusted=True, mechanisms=MECHANISMS)
    assert (offer.port, offer.seen) == (port, seen)
    assert server.logins == []


def test_a_server_without_tls_comes_last_and_says_so(smtpd: StartSmtpd) -> None:
    """P1: after one whose certificate is not good, behind which it is looked all the same."""
    ports = {587: smtpd("none").port, 465: smtpd("implicit").port}
    town = Town({"smtp.test.example": HOST}, ports)
    untrusted, clear = tried(["smtp.test.example"], town.network())
    assert untrusted.port == 465
    assert untrusted.seen == Seen(
        security=Security.IMPLICIT, tls_version="TLSv1.3", mechanisms=MECHANISMS
    )
    assert (clear.port, clear.security, clear.tls) == (587, Security.NONE, False)
    assert clear.seen == Seen(security=Security.NONE, mechanisms=MECHANISMS)


def test_one_without_a_sign_in_gets_no_user_name(smtpd: StartSmtpd) -> None:
    """P1: it may be a relay for this network, or take mail for its own domains only."""
    town = Town({"mail.test.example": HOST}, {25: smtpd("starttls", auth=()).port})
    (offer,) = tried(["mail.test.example"], town.network())
    assert (offer.port, offer.username) == (25, "")


def test_what_does_not_speak_smtp_is_no_mail_server(
    scripted: StartScripted, ca: CertificateAuthority
) -> None:
    """L3: nothing is told of it, its certificate included."""
    web = scripted([reply("HTTP/1.1 400 Bad Request")])
    hidden = scripted([reply("+OK POP3 ready")], tls=ca.wrong_name.context())
    town = Town({"mail.test.example": HOST}, {587: web.port, 465: hidden.port})
    assert tried(["mail.test.example"], town.network()) == []


def test_blocked_addresses_and_ports_are_not_tried(smtpd: StartSmtpd) -> None:
    """L3: by the guard of every connection."""
    names = {"mail.test.example": HOST, "smtp.test.example": "169.254.169.254"}
    town = Town(names, {587: smtpd("starttls").port, 465: smtpd("implicit").port})
    (offer,) = tried([*names], town.network(Guard(ports=(587,))))
    assert offer.port == 587
    assert {each.port for each in town.dialled} == {587}
    why = {each.why for each in try_servers(names, town.network(Guard(ports=(587,))))}
    assert why == {"", NOT_ALLOWED}
    town.dialled.clear()
    assert tried([*names], town.network(Guard(block_private=True))) == []
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
    told = Search(QUERY, town.network()).run()
    assert told.offers == ()
    names = "smtp.test.example, mail.test.example"
    assert told.reason == Sentence(NONE_ANSWERS, {"domain": "test.example", "names": names})
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


def test_what_comes_of_each_try_is_told_as_it_comes(
    smtpd: StartSmtpd, scripted: StartScripted
) -> None:
    """P1: while one server is silent, what the others offer is known already."""
    gate = Gate()
    slow = scripted([gate, reply("220 mail.test.example"), expect("EHLO", "250 mail"), close()])
    ports = {465: smtpd("implicit").port, 587: slow.port}
    town = Town({"mail.test.example": HOST}, ports)
    search = Search(QUERY, town.network())
    assert [(each.server, each.port, each.state) for each in search.tries.values()] == [
        (name, port, StepState.RUNNING)
        for name in ("smtp.test.example", "mail.test.example")
        for port in PORTS
    ]
    half_way: dict[ServerPort, Try] = {}

    def follow(each: Try) -> None:
        others = [every for every in search.tries.values() if every.state is StepState.RUNNING]
        if each.state is not StepState.RUNNING and len(others) == 1:
            half_way.update(search.tries)
            gate.open()

    found = search.run(follow)
    assert found.offers[0].port == 465
    states = {place: each.state.value for place, each in half_way.items()}
    assert states == {
        **dict.fromkeys((("smtp.test.example", port) for port in PORTS), "skipped"),
        ("mail.test.example", 465): "passed",
        ("mail.test.example", 587): "running",
        ("mail.test.example", 25): "failed",
    }
    assert half_way["smtp.test.example", 25].why == NO_SUCH_NAME
    assert search.tries["mail.test.example", 587].state is StepState.WARNED


def test_a_name_that_can_not_be_looked_up_is_not_said_to_be_missing() -> None:
    """D5: 'could not look up' is not 'has none'."""

    def lookup(_name: str) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    network = replace(Town({}, {}).network(), lookup=lookup)
    assert {each.why for each in try_servers(["mail.test.example"], network)} == {NOT_LOOKED_UP}


def test_the_result_can_be_stored_and_read_again(smtpd: StartSmtpd) -> None:
    """P1: as JSON, so that any process can show it."""
    town = Town({"mail.test.example": HOST}, {465: smtpd("implicit").port})
    for query, network in ((QUERY, town.network()), (QUERY, Town({}, {}).network())):
        search = Search(query, network)
        found = search.run()
        stored = json.loads(json.dumps([search.outcome()["found"], search.steps_json()]))
        assert Found.from_json(stored[0]) == found
        assert [*map(Try.from_json, stored[1])] == [*search.tries.values()]
    gmail = Search(rules.query("ada@gmail.com"), Town({}, {}).network())
    assert Found.from_json(json.loads(json.dumps(gmail.run().to_json()))) == gmail.found


def test_of_what_a_newer_version_has_found_the_rest_is_told(smtpd: StartSmtpd) -> None:
    """A8: while machines are brought up to date one by one."""
    search = Search(
        QUERY, Town({"mail.test.example": HOST}, {465: smtpd("implicit").port}).network()
    )
    found = search.run()
    stored, tries = json.loads(json.dumps([found.to_json(), search.steps_json()]))
    offer, seen = stored["offers"][0], stored["offers"][0]["seen"]
    for each in (stored, stored["query"], offer, seen, *tries):
        each["dane"] = True
    stored["offers"] += [{**offer, "origin": "jmap"}, {**offer, "security": "quic"}]
    stored["offers"] += [{**offer, "seen": {**seen, "security": "quic"}}]
    tries += [{**tries[0], "state": "doubted"}, {**tries[0], "seen": {**seen, "security": "quic"}}]
    assert Found.from_json(stored) == found
    assert [*read_known(Try.from_json, tries)] == [*search.tries.values()]


def test_where_nobody_may_send_by_smtp_nothing_is_tried() -> None:
    """P1: the provider's note says so."""
    town = Town({}, {})
    search = Search(rules.query("ada@tuta.com"), town.network())
    assert search.run().refusing
    assert (search.tries, town.dialled) == ({}, [])
