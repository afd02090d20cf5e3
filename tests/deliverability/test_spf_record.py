"""SPF records to paste: with what is missing, without what harms, one of several."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from smtp_panel.deliverability.finding import TO_MEND
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.spf import find
from smtp_panel.deliverability.spf_record import (
    MOST_FAULTS,
    joined,
    narrowed,
    readable,
    with_term,
    without,
)
from smtp_panel.net.dns import MX
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import Result, SPFOutcome
from tests.little_work import little_work
from tests.spf.test_random import DOMAINS, IPS, Author
from tests.spf.zone import Records, Zone

MORE = ["ip4:192.0.2.1", "include:b.example"]


@pytest.mark.parametrize(
    ("record", "before", "better"),
    [
        ("v=spf1 mx -all", "", "v=spf1 mx ip4:192.0.2.1 include:b.example -all"),
        ("v=spf1 mx ?ALL exp=c.d", "", "v=spf1 mx ip4:192.0.2.1 include:b.example ?ALL exp=c.d"),
        ("v=spf1 mx redirect=c.d", "", "v=spf1 mx ip4:192.0.2.1 include:b.example redirect=c.d"),
        ("v=spf1 -mx all", "-mx", "v=spf1 ip4:192.0.2.1 include:b.example -mx all"),
        ("V=SPF1  IP4:192.0.2.1", "", "V=SPF1 IP4:192.0.2.1 include:b.example"),
        ("v=spf1", "", "v=spf1 ip4:192.0.2.1 include:b.example"),
    ],
)
def test_what_is_missing_stands_where_a_check_comes_to_it(
    record: str, before: str, better: str
) -> None:
    """RFC 7208, 4.6.2: terms are judged in their order, and none behind all."""
    for term in MORE:
        record = with_term(record, term, before)
    assert record == better
    assert all(with_term(better, term, before) == better for term in MORE)


def test_an_address_passes_by_the_record_to_paste() -> None:
    """SPEC D5, whatever else stands in it, and whatever has decided against the address."""
    random, mended = Random(7208), Counter[Result]()
    for _ in range(100):
        author = Author(random)
        zone, ip = author.zone(), random.choice(IPS)
        outcome = judged(zone, ip)
        if outcome.result is Result.PASS or (outcome.fault and not outcome.path):
            continue  # a record that can't be read is not mended by more in it
        decided = outcome.path[0].term if outcome.path else ""
        term = f"ip6:{ip}" if ip == IPS[2] else f"ip4:{ip.removeprefix('::ffff:')}"

        better = with_term(outcome.records[0].text, term, decided)

        assert judged(zone.with_record(DOMAINS[0], better), ip).result is Result.PASS
        mended[outcome.result] += 1
    assert mended.keys() == {Result.NEUTRAL, Result.SOFTFAIL, Result.FAIL, Result.PERMERROR}


WORDS = (
    *("mx", "a", "?a:b.example", "ptr", "exp=c.example", "exists:%{i}.b.example", "-mx"),
    *("include:b.example", "include:c.example", "-include:b.example", "include:gone.example"),
    *("include:%{d}.c.example", "ip4:192.0.2.0/24", "ip4:0.0.0.0/2", "ip4:1.2.3", "a/33", "+all"),
    *("a:gone.example", "redirect=c.example", "redirect=acme.example", "?all", "~all", "-all"),
)
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"addresses": ("192.0.2.1",)},
    {"addresses": ("8.8.4.4", "2001:db8::1")},
    {"server": "smtp.gmail.com"},
    {"server": "b.example"},
)


def test_the_record_to_paste_makes_it_right_whatever_stood_there() -> None:
    """SPEC D5: nothing is left to be mended once it is published, for mail by each way."""
    random, mended = Random(7208), Counter[str]()
    google: Records = {"TXT": [b"v=spf1 ip4:198.51.100.0/24 ~all"]}
    for number in range(100):
        names: dict[str, Records] = {"_spf.google.com": google}
        for name in ("acme.example", "b.example", "c.example"):
            records = [
                " ".join(["v=spf1", *random.choices(WORDS, k=random.randrange(1, 8))]).encode()
                for _ in range(random.choice([1, 1, 1, 1, 2]))
            ]
            hosts: Records = {"A": ["203.0.113.7"], "MX": [MX(1, "b.example")]}
            names[name] = {"TXT": records, **(hosts if random.random() < 0.6 else {})}
        zone = Zone(names)
        about = {"domain": "acme.example", "mail_from": "", **WAYS[number % len(WAYS)]}

        (finding,) = find(Question(**about), zone.lookup)

        if finding.record:
            mended[finding.id] += 1
            better = zone.with_record("acme.example", finding.record.value)
            (after,) = find(Question(**about), better.lookup)
            assert after.state not in TO_MEND, (zone, finding.record.value, after.found)
    assert {"spf-all", "spf-broken", "spf-not-allowed", "spf-several"} <= mended.keys()


def judged(zone: Zone, ip: str) -> SPFOutcome:
    return check(Client.of(ip, "f.example.com", "f@a.example.com"), zone.lookup)


def test_terms_that_find_nothing_are_taken_out() -> None:
    """All others stay as they are."""
    record = "v=spf1 a:gone.example mx A:gone.example ~all"

    assert without(record, {"a:gone.example"}) == "v=spf1 mx A:gone.example ~all"


@pytest.mark.parametrize(
    ("records", "one"),
    [
        (["v=spf1 mx -all", "V=SPF1 a mx -ALL"], "v=spf1 mx a -all"),
        (["v=spf1 mx -all", "v=spf1 a ~all"], "v=spf1 mx a ~all"),
        (["v=spf1 +all", "v=spf1 -all"], "v=spf1 ~all"),
        (["v=spf1 mx", "v=spf1 -all"], "v=spf1 mx ~all"),
        (["v=spf1 redirect=b.c", "v=spf1 mx -all"], "v=spf1 include:b.c mx ~all"),
        (["v=spf1 a -all redirect=b.c", "v=spf1 mx -all"], "v=spf1 a mx -all"),
        (["v=spf1 a -all exp=b.c", "v=spf1 exp=d.e -all"], "v=spf1 a -all exp=b.c"),
    ],
)
def test_several_records_become_one(records: list[str], one: str) -> None:
    """RFC 7208, 4.5: nobody who is named by one is left out, and nobody else is let in."""
    assert joined(records) == one


@pytest.mark.parametrize(
    ("record", "better"),
    [
        ("v=spf1 mx +all", "v=spf1 mx ~all"),
        ("v=spf1 all exp=b.c", "v=spf1 ~all exp=b.c"),
        ("v=spf1 ip4:0.0.0.0/0 ip6:::/0 a -all", "v=spf1 a -all"),
        ("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1", "v=spf1 ~all"),
        ("v=spf1 mx/0 a//0 a/24 redirect=b.c", "v=spf1 a/24 redirect=b.c"),
        ("v=spf1 -ip4:0.0.0.0/0 ip4:10.0.0.0/8 nonsense ?all", None),
        ("v=spf1 a ip4:10.0.0.0/8", None),
    ],
)
def test_a_record_no_longer_names_everybody(record: str, better: str | None) -> None:
    """SPEC D5: one that does protects from nothing."""
    assert narrowed(record) == (better or record)


@pytest.mark.parametrize("term", ["ip4:10.0.0.%d", "ipv4:10.0.0.%d", "?%d"])
def test_a_record_without_end_is_set_right_with_little_work(term: str) -> None:
    """T8: one of 600 terms, without a fault, took 3 s, and a longer one minutes."""
    record = " ".join(["v=spf1", *(term % number for number in range(600)), "-all"])
    with little_work():
        assert readable(record).endswith(" -all")


def test_a_record_is_set_right_as_often_as_anybody_errs() -> None:
    wrong = [f"ipv4:10.0.0.{number}" for number in range(MOST_FAULTS)]
    right = [term.replace("v", "") for term in wrong]
    assert readable(" ".join(["v=spf1", *wrong])) == " ".join(["v=spf1", *right])
