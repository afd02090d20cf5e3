"""What is said of the records that are to be published (SPEC D5)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask import Flask

from smtp_panel.deliverability.finding import CheckKind, Finding, State
from smtp_panel.telling.deliverability import finding_in_words
from tests.deliverability.examples import LONG, finding
from tests.deliverability.looking import DOMAIN, Zone, found_by
from tests.servers.fixtures import StartDns

NEWS = "news.acme.example"
THERE: Zone = {(DOMAIN, "A"): ["192.0.2.1"]}


def txt(name: str, value: str) -> Zone:
    """A TXT record of a domain that exists."""
    return {**THERE, (name, "TXT"): [f'"{value}"']}


@pytest.mark.parametrize(
    ("zone", "check", "replaces"),
    [
        (THERE, "dmarc", False),
        (txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none"), "dmarc", True),
        (txt(f"_dmarc.{NEWS}", "v=DMARC1; p=reject"), "dmarc", False),
        (txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject; adkim=s; aspf=s"), "dmarc", True),
        (THERE, "tls_rpt", False),
        (txt(f"_smtp._tls.{DOMAIN}", "v=TLSRPTv1"), "tls_rpt", True),
        ({(DOMAIN, "MX"): [f"10 mx.{DOMAIN}."]}, "mta_sts", False),
        (txt(f"_mta-sts.{DOMAIN}", "v=STSv1"), "mta_sts", True),
        (THERE, "mx", False),
        ({(f"bounce.{DOMAIN}", "A"): ["192.0.2.1"]}, "spf", False),
        (txt(f"bounce.{DOMAIN}", "v=spf1 ip4:192.0.2.1 a:gone.example mx:gone ~all"), "spf", True),
    ],
)
def test_a_record_is_to_be_published_in_place_of_another_where_there_is_one_alone(
    app: Flask, name_server: StartDns, zone: Zone, check: str, replaces: bool
) -> None:
    """D5: also where it was stored."""
    about = {"mail_from": f"x@bounce.{DOMAIN}", "addresses": ("8.8.4.4",)}
    about |= {"domain": NEWS} if (f"_dmarc.{NEWS}", "TXT") in zone else {}
    found = next(each for each in found_by(name_server(zone), check, **about) if each.record)
    stored = Finding.from_json(json.loads(json.dumps(found.to_json())))
    with app.test_request_context():
        told = finding_in_words(stored).what_to_do
    assert ("in place of" in told) == replaces


@pytest.mark.parametrize(("state", "replaces"), [(State.MISSING, False), (State.WRONG, True)])
def test_what_an_older_version_has_stored_is_told_as_before(
    app: Flask, state: State, replaces: bool
) -> None:
    """D5: until the next look, which is within a day."""
    now = replace(finding(CheckKind.SPF, state), record=LONG).to_json()
    older = {name: value for name, value in now.items() if name != "with_facts"}
    older["record"] = {name: now["record"][name] for name in ("name", "type", "value")}
    with app.test_request_context():
        told = finding_in_words(Finding.from_json(older))
        assert told.facts == finding_in_words(Finding.from_json(now)).facts != []
    assert ("in place of" in told.what_to_do) == replaces


def test_what_is_found_beside_the_policy_does_not_tell_the_policy_again(
    app: Flask, name_server: StartDns
) -> None:
    """D5: nor what becomes of mail by a record that receivers do not ask for."""
    places = "rua=mailto:d@reports.example,nowhere"
    server = name_server(txt(f"_dmarc.{DOMAIN}", f"v=DMARC1; p=reject; {places}"))
    found = [*found_by(server, "dmarc"), *found_by(server, "spf", server="smtp.sendgrid.net")]
    stored = [Finding.from_json(json.loads(json.dumps(each.to_json()))) for each in found]
    with app.test_request_context():
        told = {each.id: bool(each.facts) for each in map(finding_in_words, stored)}
    beside = ("dmarc-no-address", "dmarc-reports", "spf-own-envelope")
    assert told == {"dmarc-good": True, **dict.fromkeys(beside, False)}
