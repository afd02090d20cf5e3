"""What is found of DKIM keys (SPEC D5, RFC 6376)."""

from __future__ import annotations

import base64
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smtp_panel.deliverability.finding import State
from smtp_panel.deliverability.selectors import Selector
from tests.deliverability.looking import DOMAIN, Zone, found_by, only
from tests.servers.fixtures import StartDns

NEWS = Selector("news", DOMAIN)
ED25519 = base64.b64encode(bytes(32)).decode()
SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAPy1aEKPsx8zESt6z8ZWQqLSebPFdTT4UEtn3Z8TvH2EPqDyCODanj4OfC5z"
    "mq7rCF8GP//qIZz017knGBLAVQsCAwEAAQ=="
)  # of 512 bits, which no library makes any more


@cache
def key(bits: int) -> str:
    """A public RSA key of so many bits, in base64."""
    public = rsa.generate_private_key(65537, bits).public_key()
    octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


def filled(record: str) -> str:
    """`record` with the keys that it names; names make a test's own name the same in each run."""
    for bits in (1024, 2048):
        record = record.replace(f"{{{bits}}}", key(bits))
    cut = key(2048)[:-30]
    return record.replace("{ed25519}", ED25519).replace("{cut}", cut).replace("{512}", SHORT)


def published(*records: str, selector: Selector = NEWS) -> Zone:
    """A key as a zone file has it, in strings that fit."""
    quoted = [
        " ".join(f'"{each[start : start + 255]}"' for start in range(0, len(each), 255))
        for each in records
    ]
    return {(selector.host, "TXT"): quoted}


@pytest.mark.parametrize(
    ("record", "state", "name"),
    [
        ("v=DKIM1; k=rsa; p={2048}", "good", "dkim-good"),
        ("k=ed25519; p={ed25519}", "good", "dkim-good"),
        ("p={1024}", "note", "dkim-1024"),
        ("v=DKIM1; t=y:s; p={2048}", "note", "dkim-testing"),
        ("v=DKIM1; p=", "wrong", "dkim-broken"),
        ("v=DKIM1; p={cut}", "wrong", "dkim-broken"),
        ("v=DKIM1; p=nothing+like+it!", "wrong", "dkim-broken"),
        ("v=DKIM2; p={2048}", "wrong", "dkim-broken"),
        ("k=rsa; v=DKIM1; p={2048}", "wrong", "dkim-broken"),
        ("k=dsa; p={ed25519}", "wrong", "dkim-broken"),
        ("s=email:chat; h=sha1 : sha256; p={2048}", "good", "dkim-good"),
        ("s=chat; p={2048}", "wrong", "dkim-broken"),
        ("h=sha1; p={2048}", "wrong", "dkim-broken"),
        ("p={512}", "wrong", "dkim-broken"),
        ("k=rsa", "wrong", "dkim-broken"),
        ("hello", "wrong", "dkim-broken"),
        ("p=a; p=b", "wrong", "dkim-broken"),
    ],
)
def test_a_key_is_read_as_receivers_read_it(
    name_server: StartDns, record: str, state: str, name: str
) -> None:
    """NAMES: dkim-broken for whatever receivers can't use."""
    finding = only(name_server(published(filled(record))), "dkim", selectors=(NEWS,))
    assert (finding.state, finding.id) == (state, name)


def test_a_selector_that_was_entered_and_has_no_key_is_missing(name_server: StartDns) -> None:
    """D5: what could not be looked up is not."""
    server = name_server(published("v=DKIM1; p=", selector=Selector("other", DOMAIN)))
    finding = only(server, "dkim", selectors=(NEWS,))
    assert (finding.state, finding.id) == (State.MISSING, "dkim-missing")
    server.failing.add(NEWS.host)
    assert only(server, "dkim", selectors=(NEWS,)).id == "dkim-unknown"


def test_a_key_may_stand_behind_an_alias_and_twice_it_is_none(name_server: StartDns) -> None:
    """As services have it that change their keys by themselves."""
    elsewhere = Selector("s1", "service.example")
    good = published(f"p={key(2048)}", selector=elsewhere)
    alias: Zone = {(NEWS.host, "CNAME"): [f"{elsewhere.host}."]}
    assert only(name_server(good | alias), "dkim", selectors=(NEWS,)).state is State.GOOD
    twice = published(f"p={key(2048)}", f"p={key(1024)}")
    assert only(name_server(twice), "dkim", selectors=(NEWS,)).id == "dkim-broken"


def test_a_wildcard_is_no_key_of_the_provider_and_one_that_is_good_is_enough(
    name_server: StartDns,
) -> None:
    """Of its selectors the one in use counts; the other is often empty."""
    about = {"server": "smtp.office365.com"}
    wild: Zone = {("*.acme.example", "TXT"): ['"v=spf1 -all"']}
    assert only(name_server(wild), "dkim", **about).id == "dkim-missing"
    first, second = Selector("selector1", DOMAIN), Selector("selector2", DOMAIN)
    zone = published(f"p={key(2048)}", selector=first) | published("p=", selector=second)
    assert only(name_server(zone), "dkim", **about).id == "dkim-good"


def test_without_a_selector_those_of_the_provider_are_looked_for(name_server: StartDns) -> None:
    """D5: the table has them; of several it rarely uses all."""
    first = Selector("selector1", DOMAIN)
    about = {"server": "smtp.office365.com"}
    there = found_by(name_server(published(f"p={key(2048)}", selector=first)), "dkim", **about)
    assert [each.id for each in there] == ["dkim-good"]
    missing = only(name_server({}), "dkim", **about)
    assert (missing.state, missing.id) == (State.MISSING, "dkim-missing")
    assert "selector2._domainkey.acme.example" in str(missing.found.params["hosts"])
    note = only(name_server({}), "dkim", server="mail.acme.example")
    assert (note.state, note.id) == (State.NOTE, "dkim-no-selector")


def test_a_provider_that_keeps_the_keys_has_a_record_for_each_that_is_missing(
    name_server: StartDns,
) -> None:
    """D5: the exact record, with which all is right; mail may be signed by each of the keys."""
    about = {"server": "smtp.migadu.com"}
    server = name_server({})
    missing = found_by(server, "dkim", **about)
    assert [(each.state, each.id) for each in missing] == [(State.MISSING, "dkim-missing")] * 3
    records = [each.record for each in missing if each.record]
    assert records[0].name == "key1._domainkey.acme.example"
    assert (records[0].type, records[0].value) == (
        "CNAME",
        "key1.acme.example._domainkey.migadu.com",
    )
    for number, record in enumerate(records):
        server.zone[record.name, "CNAME"] = [f"{record.value}."]
        server.zone[record.value, "TXT"] = [f'"k=ed25519; p={ED25519}"']
        states = [each.state for each in found_by(server, "dkim", **about)]
        assert states == [State.GOOD] * (number + 1) + [State.NOTE] * (2 - number)


def test_the_older_selector_of_a_provider_is_enough(name_server: StartDns) -> None:
    """A customer of before has a key of the domain's own, and needs none of the others."""
    older = published(f"p={key(2048)}", selector=Selector("mail", DOMAIN))
    assert only(name_server(older), "dkim", server="smtp-relay.brevo.com").id == "dkim-good"


@pytest.mark.parametrize(
    ("server", "there", "said"),
    [
        ("mail.infomaniak.com", "", "nothing below _domainkey.acme.example"),
        ("mail.infomaniak.com", NEWS.host, "Infomaniak gives each customer a selector"),
        ("mail.acme.example", "", "nothing below _domainkey.acme.example"),
        ("mail.acme.example", NEWS.host, "selector, is not known"),
    ],
)
def test_where_no_selector_is_known_it_is_told_whether_there_can_be_a_key(
    name_server: StartDns, server: str, there: str, said: str
) -> None:
    """RFC 8020: below a name that does not exist there is none."""
    zone: Zone = {(there, "TXT"): ['"p="']} if there else {}
    note = only(name_server(zone), "dkim", server=server)
    assert (note.state, note.id) == (State.NOTE, "dkim-no-selector")
    assert said in str(note.found)


def test_a_sub_domain_may_be_signed_for_by_its_organisation(name_server: StartDns) -> None:
    """DMARC takes a signature of that for one of its own (RFC 7489, 3.1.1)."""
    server = name_server(published("p=", selector=NEWS))
    note = only(server, "dkim", domain="shop.acme.example", server="mail.acme.example")
    assert "is not known" in str(note.found)


@pytest.mark.parametrize(
    ("domain", "server", "name"),
    [
        (DOMAIN, "smtp.mail.me.com", "dkim-missing"),
        ("icloud.com", "smtp.mail.me.com", "dkim-no-selector"),
        (DOMAIN, "smtp.gmail.com", "dkim-missing"),
        ("gmail.com", "smtp.gmail.com", "dkim-no-selector"),
    ],
)
def test_a_key_is_expected_of_customers_with_a_domain_of_their_own_alone(
    name_server: StartDns, domain: str, server: str, name: str
) -> None:
    """D5: what a provider signs its own domains with is its own affair."""
    zone: Zone = {(domain, "A"): ["192.0.2.1"]}
    assert only(name_server(zone), "dkim", domain=domain, server=server).id == name
