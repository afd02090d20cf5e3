"""What is found of the DMARC policy, and whether mail is aligned (SPEC D5, RFC 7489)."""

from __future__ import annotations

import pytest

from smtp_panel.deliverability.finding import State
from smtp_panel.deliverability.organisations import related
from smtp_panel.deliverability.selectors import Selector
from tests.deliverability.looking import DOMAIN, Zone, found_by, only
from tests.deliverability.test_dkim import ED25519, key, published
from tests.servers.fixtures import StartDns


def policy(*records: str, domain: str = DOMAIN) -> Zone:
    return {(f"_dmarc.{domain}", "TXT"): [f'"{each}"' for each in records]}


@pytest.mark.parametrize(
    ("zone", "expected", "told"),
    [
        (policy("v=DMARC1; p=reject"), "good dmarc-good", "reject"),
        (policy("v=DMARC1; p=none; rua=mailto:d@acme.example"), "note dmarc-none", "none"),
        (policy("v=DMARC1;p=quarantine", "v=spf1 -all"), "good dmarc-good", "quarantine"),
        (policy("V=DMARC1; p=reject"), "good dmarc-good", "reject"),
        (policy("v=DMARC1; p=none"), "note dmarc-none", "none"),
        (policy("v=DMARC1; rua=mailto:d@acme.example"), "note dmarc-none", "none"),
        (policy("v=DMARC1; p=x; rua=mailto:d@acme.example"), "note dmarc-none", "none"),
        (policy("v=DMARC1; p=reject; pct=20"), "note dmarc-partly", "reject"),
        (policy("v=DMARC1; p=reject; pct=all"), "good dmarc-good", "reject"),
        (
            policy('v=DMARC1; p=reject; pct="' + 50 * f' "{100 * "2"}"' + ' "'),
            "good dmarc-good",
            "reject",
        ),
        (policy("v=DMARC1; p=reject; t=Y"), "note dmarc-tested", "reject"),
        (policy("v=DMARC1; p=reject; t=n"), "good dmarc-good", "reject"),
        (policy("v=DMARC1; p=none; t=y; rua=mailto:d@acme.example"), "note dmarc-none", "none"),
        (policy("v=DMARC1; p=none", "v=DMARC1; p=reject"), "wrong dmarc-several", None),
        (policy("v=DMARC1; p=maybe"), "wrong dmarc-broken", None),
        (policy("v=DMARC1; p"), "wrong dmarc-broken", None),
        (policy("v=DMARC10; p=none"), "missing dmarc-missing", None),
        ({}, "missing dmarc-missing", None),
    ],
)
def test_a_policy_is_read_as_receivers_read_it(
    name_server: StartDns, zone: Zone, expected: str, told: str | None
) -> None:
    """NAMES: the ids, and policy."""
    finding = only(name_server(zone), "dmarc")
    assert f"{finding.state} {finding.id}" == expected
    assert finding.more.get("policy") == told


def test_where_there_is_none_one_is_offered_to_paste(name_server: StartDns) -> None:
    record = only(name_server({("acme.example", "A"): ["192.0.2.1"]}), "dmarc").record
    assert record
    assert (record.name, record.type) == ("_dmarc.acme.example", "TXT")
    assert record.value == "v=DMARC1; p=none; rua=mailto:postmaster@acme.example"


def test_in_a_domain_that_does_not_exist_there_is_nothing_to_publish(name_server: StartDns) -> None:
    finding = only(name_server({}), "dmarc")
    assert (finding.id, finding.record) == ("dmarc-missing", None)
    assert "slip of the pen" in finding.found.message


@pytest.mark.parametrize(
    ("record", "pasted"),
    [
        ("p=maybe", "p=none; rua=mailto:postmaster@acme.example"),
        ("p=none;adkim=s", "p=none; adkim=s; rua=mailto:postmaster@acme.example"),
        ("p=none; rua=mailto:a@x.acme.example", "p=quarantine; rua=mailto:a@x.acme.example"),
        ("rua=mailto:a@acme.example", "p=quarantine; rua=mailto:a@acme.example"),
        ("p=x; sp=y; rua=mailto:a@acme.example", "p=quarantine; rua=mailto:a@acme.example"),
        ("p=reject; pct=0; adkim=s", "p=reject; adkim=s"),
        ("p=reject; t=y; np=reject", "p=reject; np=reject"),
        ("p=reject; np=x; rua=mailto:a@acme.example", "p=quarantine; rua=mailto:a@acme.example"),
    ],
)
def test_the_record_that_does_better_keeps_the_rest(
    name_server: StartDns, record: str, pasted: str
) -> None:
    """D5: the exact record; reports are asked for before the policy becomes strict."""
    better = only(name_server(policy(f"v=DMARC1;{record}")), "dmarc").record
    assert better
    assert (better.name, better.value) == ("_dmarc.acme.example", f"v=DMARC1; {pasted}")


def test_a_sub_domain_has_the_policy_of_its_organisation(name_server: StartDns) -> None:
    """RFC 7489, 6.6.3: sp is the policy for it, where there is one."""
    about = {"domain": "news.acme.example", "mail_from": "a@news.acme.example"}
    server = name_server(policy("v=DMARC1; p=none; sp=reject"))
    assert only(server, "dmarc", **about).more["policy"] == "reject"
    server.failing.add("_dmarc.news.acme.example")
    assert only(server, "dmarc", **about).id == "dmarc-unknown"
    own = policy("v=DMARC1; p=quarantine", domain="news.acme.example")
    server = name_server(policy("v=DMARC1; p=none; sp=reject") | own)
    server.failing.add("_dmarc.acme.example")
    assert only(server, "dmarc", **about).more["policy"] == "quarantine"


@pytest.mark.parametrize(
    ("mode", "envelope", "fits"),
    [
        ("r", "acme.example", True),
        ("r", "bounce.acme.example", True),
        ("s", "acme.example", True),
        ("s", "bounce.acme.example", False),
        ("r", "service.example", False),
    ],
)
def test_the_envelope_sender_in_force_has_to_fit_from(
    name_server: StartDns, mode: str, envelope: str, *, fits: bool
) -> None:
    """NAMES: aligned, and dmarc-unaligned."""
    server = name_server(policy(f"v=DMARC1; p=reject; aspf={mode}"))
    finding = only(server, "dmarc", mail_from=f"x@{envelope}")
    assert finding.more["aligned"] is fits
    assert finding.id == ("dmarc-good" if fits else "dmarc-unaligned")


def test_a_signature_of_the_domain_aligns_as_well(name_server: StartDns) -> None:
    """So a service with an envelope sender of its own is fine."""
    selector = Selector("s1", DOMAIN)
    zone = policy("v=DMARC1; p=reject") | published(f"p={key(2048)}", selector=selector)
    about = {"mail_from": "x@service.example", "selectors": (selector,)}
    assert only(name_server(zone), "dmarc", **about).id == "dmarc-good"
    elsewhere = {"mail_from": "x@service.example", "selectors": (Selector("s1", "b.example"),)}
    assert only(name_server(zone), "dmarc", **elsewhere).id == "dmarc-unaligned"


def test_what_depends_on_a_key_that_could_not_be_looked_up_is_not_known(
    name_server: StartDns,
) -> None:
    """D5: so that a name server that is down makes nothing wrong that was right."""
    selector = Selector("s1", DOMAIN)
    server = name_server(policy("v=DMARC1; p=reject"))
    server.failing.add(selector.host)
    about = {"mail_from": "x@service.example", "selectors": (selector,)}
    finding = only(server, "dmarc", **about)
    assert (finding.state, finding.id) == (State.UNKNOWN, "dmarc-unknown")
    assert (finding.more["policy"], finding.more["aligned"]) == ("reject", None)


@pytest.mark.parametrize(
    ("domain", "other", "same"),
    [
        ("mail.acme.co.uk", "acme.co.uk", True),
        ("acme.co.uk", "rival.co.uk", False),
        ("a.github.io", "b.github.io", False),
        ("www.city.kawasaki.jp", "city.kawasaki.jp", True),
        ("x.acme.com", "Y.ACME.com", True),
    ],
)
def test_domains_belong_together_by_the_public_suffix_list(
    domain: str, other: str, *, same: bool
) -> None:
    """RFC 7489, 3.2."""
    assert related(domain, other) is same


def test_where_reports_go_is_told_and_whether_they_are_taken_there(name_server: StartDns) -> None:
    """RFC 7489, 7.1: another organisation has to say that it takes them."""
    record = "v=DMARC1; p=reject; rua=mailto:d@acme.example,mailto:a@reports.example!10m"
    server = name_server(policy(record))
    good, note = found_by(server, "dmarc")
    assert good.more["reports"] == ["d@acme.example", "a@reports.example"]
    assert (note.state, note.id) == (State.NOTE, "dmarc-reports")
    assert note.found.params["host"] == "reports.example"
    server.zone["acme.example._report._dmarc.reports.example", "TXT"] = ['"v=DMARC1"']
    assert only(server, "dmarc").id == "dmarc-good"


@pytest.mark.parametrize(
    ("written", "pasted"),
    [
        (
            "mailto:d@acme.example!10m, d@acme.example",
            "mailto:d@acme.example!10m,mailto:d@acme.example",
        ),
        ("https://acme.example/", "mailto:postmaster@acme.example"),
    ],
)
def test_a_place_for_reports_that_is_no_address_gets_none(
    name_server: StartDns, written: str, pasted: str
) -> None:
    """RFC 7489, 6.2: a URI, which begins with mailto; the record to paste has it so."""
    server = name_server(policy(f"v=DMARC1; p=reject; rua={written}"))
    _, note = found_by(server, "dmarc")
    assert (note.state, note.id) == (State.NOTE, "dmarc-no-address")
    assert str(note.found.params["address"]) in written
    assert note.record
    assert note.record.value == f"v=DMARC1; p=reject; rua={pasted}"


def test_of_several_policies_the_one_is_offered_that_asks_least(name_server: StartDns) -> None:
    """D5: so that no mail is lost by the change."""
    server = name_server(policy("v=DMARC1; p=reject", "v=DMARC1; p", "v=DMARC1; p=none; aspf=s"))
    several = only(server, "dmarc")
    assert (several.id, several.record and several.record.value) == (
        "dmarc-several", "v=DMARC1; p=none; aspf=s",
    )  # fmt: skip


def test_a_policy_that_compares_too_strictly_is_offered_without_that(name_server: StartDns) -> None:
    """RFC 7489, 3.1: relaxed, domains of one organisation count as one."""
    server = name_server(policy("v=DMARC1; p=reject; adkim=s; aspf=s"))
    unaligned = only(server, "dmarc", mail_from="x@bounce.acme.example")
    assert unaligned.id == "dmarc-unaligned"
    assert unaligned.record
    assert unaligned.record.value == "v=DMARC1; p=reject; adkim=r; aspf=r"
    assert only(server, "dmarc", mail_from="x@service.example").record is None


@pytest.mark.parametrize(
    ("server", "keys", "expected", "fits"),
    [
        ("email-smtp.us-east-1.amazonaws.com", {}, "note dmarc-unsigned", None),
        ("smtp.sendgrid.net", {}, "wrong dmarc-unaligned", False),
        (
            "smtp.sendgrid.net",
            published("k=ed25519; p=" + ED25519, selector=Selector("s1", DOMAIN)),
            "good dmarc-good",
            True,
        ),
        ("smtp.gmail.com", {}, "good dmarc-good", True),
    ],
)
def test_where_a_provider_replaces_the_envelope_sender_all_depends_on_dkim(
    name_server: StartDns, server: str, keys: Zone, expected: str, fits: bool | None
) -> None:
    """RFC 7489, 3.1.2: SPF counts for the domain in MAIL FROM, which is the provider's then."""
    finding = only(name_server(policy("v=DMARC1; p=reject") | keys), "dmarc", server=server)
    assert f"{finding.state} {finding.id}" == expected
    assert finding.more["aligned"] is fits


def test_whoever_gets_reports_of_others_publishes_that(name_server: StartDns) -> None:
    """RFC 7489, 7.1."""
    server = name_server(policy("v=DMARC1; p=reject; rua=mailto:a@reports.example"))
    _, note = found_by(server, "dmarc")
    assert note.record
    server.zone[note.record.name, note.record.type] = [f'"{note.record.value}"']
    assert only(server, "dmarc").id == "dmarc-good"


def test_a_policy_that_could_not_be_looked_up_is_not_missing(name_server: StartDns) -> None:
    """D5."""
    server = name_server({})
    server.failing.add("_dmarc.acme.example")
    finding = only(server, "dmarc")
    assert (finding.state, finding.id) == (State.UNKNOWN, "dmarc-unknown")
    assert finding.more["aligned"] is True
    below = {"mail_from": "x@bounce.acme.example"}
    assert only(server, "dmarc", **below).more["aligned"] is None, "as strict as the policy is"
    assert only(server, "dmarc", mail_from="x@other.example").more["aligned"] is False
