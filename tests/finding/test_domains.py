"""SPEC P1: what the DNS gives away of a domain, on a name server of the tests."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.providers import Provider, providers
from smtp_panel.finding.finding import Found, find
from smtp_panel.finding.offer import Origin
from smtp_panel.finding.reasons import (
    FILTERED,
    LIKE_ANOTHER,
    MISSPELT,
    NO_DOMAIN,
    NO_MAIL,
    NO_SERVICE,
    NOT_ASKED,
    UNKNOWN,
    WRONG_SERVICES,
)
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import TOO_LATE, Answer, Kind
from smtp_panel.settings import rules
from smtp_panel.smtp.endpoint import Security
from smtp_panel.words import Sentence
from tests.servers.dns import DnsServer, Zone
from tests.servers.fixtures import StartDns

GOOGLE = {"MX": ["1 smtp.google.com."]}
ADDRESS = ["192.0.2.1"]
SERVICE_NAMES = ("_submissions", "_submission")
PAIR = ["0 1 465 mail.a.example.", "0 1 587 mail.a.example."]
SHORT = 0.1  # seconds
RECEIVING = [each for each in providers() if each.mx and not each.no_smtp][:60]
SENDING = [each for each in providers() if each.servers and not each.no_smtp][:60]


def found(server: DnsServer, text: str) -> Found:
    return find(rules.query(text), server.name_servers.ask)


def places(told: Found) -> list[tuple[str, str, int]]:
    return [(each.origin.value, each.server, each.port) for each in told.offers]


def own_domain(provider: Provider) -> str:
    return f"{provider.id}.example"


def test_sixty_domains_are_found_by_their_mx(name_server: StartDns) -> None:
    """P1: each by the suffix of its mail host, with the servers of the table."""
    assert len(RECEIVING) == 60
    zone: Zone = {
        (own_domain(each), "MX"): [f"10 mx7.{each.mx[0]}.", f"20 mx8.{each.mx[0]}."]
        for each in RECEIVING
    }
    server = name_server(zone)
    for provider in RECEIVING:
        offers = found(server, f"ada@{own_domain(provider)}").offers
        assert {each.provider for each in offers} == {provider}
        assert {each.origin for each in offers} == {Origin.MX}
        assert len(offers) == len(provider.mail_servers)


def test_sixty_domains_are_found_by_their_srv_records(name_server: StartDns) -> None:
    """P1: each with the very host and port, and with what its provider wants."""
    assert len(SENDING) == 60
    zone: dict[tuple[str, str], list[str]] = {}
    for each in SENDING:
        host, port = each.servers[0]
        service = "_submissions" if each.mail_servers[0].tls == "implicit" else "_submission"
        zone[f"{service}._tcp.{own_domain(each)}", "SRV"] = [f"0 1 {port} {host}."]
        zone[host, "A"] = ADDRESS
    server = name_server(zone)
    for provider in SENDING:
        (offer,) = found(server, f"ada@{own_domain(provider)}").offers
        assert (offer.origin, offer.server, offer.port) == (Origin.SRV, *provider.servers[0])
        assert offer.security is Security(provider.mail_servers[0].tls)
        assert not offer.unsure
        assert offer.provider
        assert offer.provider.lists(offer.server)


def test_services_come_by_priority_then_protection_then_weight(name_server: StartDns) -> None:
    """P1: RFC 2782, RFC 8314 section 5; the user name is the address (RFC 6186, section 4)."""
    zone = {
        ("_submission._tcp.a.example", "SRV"): [
            "0 1 587 light.a.example.",
            "0 9 587 heavy.a.example.",
        ],
        ("_submissions._tcp.a.example", "SRV"): [
            "10 1 465 later.a.example.",
            "0 1 465 first.a.example.",
        ],
        **{(f"{name}.a.example", "A"): ADDRESS for name in ("light", "later", "first")},
        ("heavy.a.example", "AAAA"): ["2001:db8::1"],
    }
    told = found(name_server(zone), "ada@a.example")
    assert places(told) == [
        ("srv", "first.a.example", 465),
        ("srv", "heavy.a.example", 587),
        ("srv", "light.a.example", 587),
        ("srv", "later.a.example", 465),
    ]
    assert {each.username for each in told.offers} == {"ada@a.example"}
    assert [each.security.value for each in told.offers][:2] == ["implicit", "starttls"]


def test_a_service_that_is_not_offered_is_no_fault(name_server: StartDns) -> None:
    """P1: the target "." (RFC 2782); the other service counts."""
    zone = {
        ("_submission._tcp.a.example", "SRV"): ["0 0 0 ."],
        ("_submissions._tcp.a.example", "SRV"): ["0 1 465 mail.a.example."],
        ("mail.a.example", "A"): ADDRESS,
    }
    assert places(found(name_server(zone), "a.example")) == [("srv", "mail.a.example", 465)]


def test_a_domain_that_offers_no_service_says_so(name_server: StartDns) -> None:
    """P1: both targets are "." (RFC 6186, section 3.4)."""
    zone = {(f"{name}._tcp.a.example", "SRV"): ["0 0 0 ."] for name in SERVICE_NAMES}
    told = found(name_server(zone | {("a.example", "MX"): ["10 mail.a.example."]}), "ada@a.example")
    assert (told.offers, told.reason) == ((), Sentence(NO_SERVICE, {"domain": "a.example"}))
    del zone["_submission._tcp.a.example", "SRV"]
    told = found(name_server(zone), "ada@a.example")
    assert told.reason == Sentence(UNKNOWN, {"domain": "a.example"})


@pytest.mark.parametrize(
    "record",
    [
        "0 1 0 mail.a.example.",
        "0 1 465 gone.a.example.",
        "0 1 465 mute.a.example.",
        "0 1 465 192.0.2.7.",
        "0 1 465 -.a.example.",
    ],
    ids=["port 0", "no such host", "a host without an address", "an IP address", "no host name"],
)
def test_wrong_services_are_not_offered_and_told(name_server: StartDns, record: str) -> None:
    """P1: what else is known of the domain still counts."""
    zone = {
        ("_submissions._tcp.a.example", "SRV"): [record],
        ("mail.a.example", "A"): ADDRESS,
        ("mute.a.example", "TXT"): ['"no address"'],
        ("a.example", "MX"): ["10 mail.a.example."],
    }
    told = found(name_server(zone), "ada@a.example")
    assert told.offers == ()
    assert told.reason
    assert told.reason.message == WRONG_SERVICES
    with_google = zone | {("a.example", "MX"): ["1 smtp.google.com."]}
    assert places(found(name_server(with_google), "ada@a.example"))[0] == (
        "mx",
        "smtp.gmail.com",
        465,
    )


def test_a_service_whose_address_is_not_known_is_unsure(name_server: StartDns) -> None:
    """P1: could not look up is not has none."""
    server = name_server({("_submissions._tcp.a.example", "SRV"): ["0 1 465 mail.a.example."]})
    server.failing.add("mail.a.example")
    (offer,) = found(server, "a.example").offers
    assert offer.unsure


def test_a_service_at_the_port_of_the_other_is_unsure(name_server: StartDns) -> None:
    """P1: one of the two is wrong, and a test will tell."""
    zone = {
        ("_submission._tcp.a.example", "SRV"): [
            "0 1 465 mail.a.example.",
            "1 1 2525 mail.a.example.",
        ],
        ("mail.a.example", "A"): ADDRESS,
    }
    assert [each.unsure for each in found(name_server(zone), "a.example").offers] == [True, False]


def test_a_server_that_both_services_name_is_offered_as_its_port_has_it(
    name_server: StartDns,
) -> None:
    """P1: the other record is the wrong one."""
    both = {(f"{name}._tcp.a.example", "SRV"): PAIR for name in SERVICE_NAMES}
    told = found(name_server(both | {("mail.a.example", "A"): ADDRESS}), "a.example")
    assert [(each.port, each.security.value, each.unsure) for each in told.offers] == [
        (465, "implicit", False),
        (587, "starttls", False),
    ]


@pytest.mark.parametrize("port", [993, 143, 995, 110, 443])
def test_a_service_at_the_port_of_another_protocol_is_unsure(
    name_server: StartDns, port: int
) -> None:
    """P1: of IMAP, POP3 or HTTPS."""
    zone = {
        ("_submission._tcp.a.example", "SRV"): [f"0 1 {port} mail.a.example."],
        ("mail.a.example", "A"): ADDRESS,
    }
    assert [each.unsure for each in found(name_server(zone), "a.example").offers] == [True]


def test_the_table_puts_a_service_right_that_leads_to_a_server_of_its_own(
    name_server: StartDns,
) -> None:
    """P1: what it knows of a server and a port is surer than who wrote the record."""
    server = name_server({("_submissions._tcp.a.example", "SRV"): ["0 1 587 smtp.gmail.com."]})
    server.failing.add("smtp.gmail.com")
    (offer,) = found(server, "ada@a.example").offers
    assert (offer.origin, offer.port, offer.unsure) == (Origin.SRV, 587, False)
    assert offer.security is Security.STARTTLS


def test_services_come_before_the_provider_that_takes_the_mail(name_server: StartDns) -> None:
    """P1: and the same server stands once."""
    zone = {
        ("a.example", "MX"): ["1 smtp.google.com."],
        ("_submissions._tcp.a.example", "SRV"): ["0 1 465 smtp.gmail.com."],
        ("smtp.gmail.com", "A"): ADDRESS,
    }
    told = found(name_server(zone), "ada@a.example")
    assert places(told) == [("srv", "smtp.gmail.com", 465), ("mx", "smtp.gmail.com", 587)]
    assert [each.provider.id for each in told.offers if each.provider] == ["google-workspace"] * 2


def test_the_longest_suffix_of_a_mail_host_decides_by_whole_labels(name_server: StartDns) -> None:
    """P1: mail.protection.outlook.com and olc.protection.outlook.com are two providers."""
    zone = {
        ("a.example", "MX"): ["0 a-example.mail.protection.outlook.com."],
        ("b.example", "MX"): ["0 b.olc.protection.outlook.com."],
        ("c.example", "MX"): ["0 mx.notgoogle.com."],
    }
    server = name_server(zone)
    ids = [
        {each.provider.id for each in found(server, domain).offers if each.provider}
        for domain in ("a.example", "b.example", "c.example")
    ]
    assert ids == [{"microsoft365"}, {"outlook-com"}, set()]
    assert places(found(server, "a.example")) == [("mx", "smtp.office365.com", 587)]


def test_the_mail_host_picks_the_server_of_its_region(name_server: StartDns) -> None:
    """P1."""
    server = name_server({("a.example", "MX"): ["10 mx.zoho.in."]})
    assert found(server, "ada@a.example").offers[0].region == "in"


def test_a_known_backup_is_unsure(name_server: StartDns) -> None:
    """P1: the mailboxes are where mail is taken first."""
    server = name_server({("a.example", "MX"): ["10 mail.a.example.", "20 mx.zoho.com."]})
    assert all(each.unsure for each in found(server, "ada@a.example").offers)


def test_a_mail_host_that_serves_others_as_well_is_unsure(name_server: StartDns) -> None:
    """P1: that of Amazon takes mail for WorkMail, and for whoever receives by SES."""
    zone = {
        ("a.example", "MX"): ["10 inbound-smtp.eu-west-1.amazonaws.com."],
        ("b.example", "MX"): ["10 mx.awsapps.com."],
    }
    server = name_server(zone)
    told = [found(server, f"ada@{domain}").offers for domain in ("a.example", "b.example")]
    assert [{each.unsure for each in offers} for offers in told] == [{True}, {False}]
    assert told[0][0].region == "eu-west-1"


def test_a_wildcard_mx_is_unsure(name_server: StartDns) -> None:
    """P1: any name below the domain has it (RFC 4592), so that it says little of one of them."""
    zone = {("*.a.example", "MX"): GOOGLE["MX"], ("a.example", "MX"): GOOGLE["MX"]}
    server = name_server(zone)
    offers = found(server, "ada@any.a.example").offers
    assert offers
    assert all(each.unsure for each in offers)
    assert not any(each.unsure for each in found(server, "ada@a.example").offers)


@pytest.mark.parametrize(
    "host",
    ["mx1-us1.ppe-hosted.com", "eu-smtp-inbound-1.mimecast.com", "mx.cloudflare.net"],
)
def test_a_filter_before_the_mailboxes_is_told_as_one(name_server: StartDns, host: str) -> None:
    """P1: it says nothing of where they are."""
    told = found(name_server({("a.example", "MX"): [f"10 {host}."]}), "ada@a.example")
    assert told.offers == ()
    assert told.reason == Sentence(FILTERED, {"domain": "a.example", "host": host})


@pytest.mark.parametrize("zone", [{}, {("acme.onmicrosoft.com", "TXT"): ['"v=spf1 -all"']}])
def test_the_domain_above_counts_where_nothing_else_is_known(
    name_server: StartDns, zone: Zone
) -> None:
    """P1: x.onmicrosoft.com."""
    told = found(name_server(zone), "ada@acme.onmicrosoft.com")
    assert {each.provider.id for each in told.offers if each.provider} == {"microsoft365"}
    assert {each.origin for each in told.offers} == {Origin.TABLE}


def test_a_domain_that_takes_no_mail_says_so(name_server: StartDns) -> None:
    """P1: a null MX (RFC 7505), also below a domain of the table."""
    server = name_server({(each, "MX"): ["0 ."] for each in ("a.example", "a.onmicrosoft.com")})
    for domain in ("a.example", "a.onmicrosoft.com"):
        told = found(server, f"ada@{domain}")
        assert told.offers == ()
        assert told.reason == Sentence(NO_MAIL, {"domain": domain})


def test_a_domain_in_another_script_is_asked_for_in_ascii(name_server: StartDns) -> None:
    """P1."""
    server = name_server({("xn--bcher-kva.example", "MX"): ["1 smtp.google.com."]})
    told = found(server, "ada@bücher.example")
    assert told.query.domain == "xn--bcher-kva.example"
    assert told.offers[0].username == "ada@xn--bcher-kva.example"


def test_a_domain_that_does_not_exist_is_told(name_server: StartDns) -> None:
    """P1: NXDOMAIN."""
    told = found(name_server({}), "ada@gone.example")
    assert (told.offers, told.reason) == ((), Sentence(NO_DOMAIN, {"domain": "gone.example"}))


@pytest.mark.parametrize("domain", ["gmial.com", "gmail.con", "gmai.com", "ggmail.com"])
def test_a_slip_of_the_pen_is_told(name_server: StartDns, domain: str) -> None:
    """P1: of a domain of the table."""
    told = found(name_server({}), f"ada@{domain}")
    assert told.reason == Sentence(MISSPELT, {"domain": domain, "meant": "gmail.com"})


def test_a_slip_that_somebody_has_registered_is_told_as_well(name_server: StartDns) -> None:
    """P1: the domain is there, and nothing else."""
    server = name_server({("gmial.com", "A"): ["192.0.2.1"]})
    told = find(rules.query("ada@gmial.com"), server.name_servers.ask)
    assert told.reason == Sentence(LIKE_ANOTHER, {"domain": "gmial.com", "meant": "gmail.com"})


def test_a_domain_that_says_nothing_is_told(name_server: StartDns) -> None:
    """P1: it is there, without MX and SRV."""
    told = found(name_server({("a.example", "A"): ADDRESS}), "ada@a.example")
    assert (told.offers, told.reason) == ((), Sentence(UNKNOWN, {"domain": "a.example"}))


def test_servfail_is_told_as_what_could_not_be_looked_up(name_server: StartDns) -> None:
    """P1: could not look up is not has none."""
    server = name_server({("a.example", "MX"): ["10 mail.a.example."]})
    server.failing |= {"a.example", "_submission._tcp.a.example"}
    told = found(server, "ada@a.example")
    assert told.offers == ()
    assert told.reason == Sentence(NOT_ASKED, {"domain": "a.example", "why": "SERVFAIL"})


def test_what_is_known_is_offered_where_another_question_fails(name_server: StartDns) -> None:
    """P1: the SRV records can't be asked for, the MX can."""
    server = name_server({("a.example", "MX"): ["1 smtp.google.com."]})
    server.failing |= {"_submission._tcp.a.example", "_submissions._tcp.a.example"}
    assert places(found(server, "ada@a.example"))[0] == ("mx", "smtp.gmail.com", 465)


def test_a_name_server_that_is_silent_is_told(name_server: StartDns) -> None:
    """P1: in a sentence, whatever was asked."""
    server = name_server({})
    names = ("a.example", "_submission._tcp.a.example", "_submissions._tcp.a.example")
    server.silent |= {*names}

    def ask(name: str, kind: Kind, _deadline: Deadline) -> Answer:
        return server.name_servers.ask(name, kind, Deadline(SHORT))

    told = find(rules.query("ada@a.example"), ask)
    assert told.reason == Sentence(NOT_ASKED, {"domain": "a.example", "why": TOO_LATE})


def test_all_that_the_domain_is_asked_for_goes_out_at_once(name_server: StartDns) -> None:
    """P1: one question each, within the time of one and of the address of what it names."""
    zone = {
        ("a.example", "MX"): ["10 mail.a.example."],
        ("_submissions._tcp.a.example", "SRV"): ["0 1 465 mail.a.example."],
        ("mail.a.example", "A"): ADDRESS,
    }
    server = name_server(zone)
    found(server, "ada@a.example")
    asked = {name: times for (name, _), times in server.asked.items()}
    assert set(asked.values()) == {1}
    assert len(asked) == 5
