"""SPF records as nobody would write them: always a result, within the limits, as others have it."""

from __future__ import annotations

import importlib.util
import socket
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.net.dns import MX, Kind
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import Result
from smtp_panel.spf.walk import walk
from tests.spf.zone import Records, Zone, txt

*_, LAST = DOMAINS = [f"{letter}.example.com" for letter in "abcdef"]
IPS = ["192.0.2.1", "198.51.100.7", "2001:db8::1", "::ffff:192.0.2.1"]
REVERSE_NAMES = [Client.of(ip, "", "").reverse_name.lower() for ip in IPS]
PREFIXES = ["", "", "/24", "/0", "//64", "/24//64"]
WRONG_PREFIXES = ["/33", "//129", "/024", "/", "/32//", "/24/64"]
NETWORKS = ["192.0.2.1", "192.0.2.1/24", "0.0.0.0/0", "2001:db8::1/64", "::/0", "::1.2.3.4"]
WRONG_NETWORKS = ["192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1/33", "g::", "1::2::3", "::/x"]
MACROS = ["%{o}", "%{h}", "%{l}.example.com", "%{D1r}.example.com", "%{p}"]
ODD = ["%{ir}.%{v}.arpa", "%{l1r-+}.b", "%{S}", "a..b.com", "%{d99}", "a%%b.c", "a.b%_", "%{i}"]
WRONG = ["com", "192.0.2.1", "foo%.com", "%{z}.com", "ex-.com", "%{c}.com", "a.%%_", "%{d0}", ""]

FULL: Records = {
    "A": ["192.0.2.1", "203.0.113.77"],
    "AAAA": ["2001:db8::1"],
    "MX": [MX(1, LAST), MX(2, "b.example.com"), MX(3, "")],
}
AROUND = dict.fromkeys(DOMAINS, FULL) | {
    "1.2.0.192.in-addr.arpa": {"PTR": [*DOMAINS, *DOMAINS]},
    "b.example.com": txt(b="v=spf1 include:a.example.com redirect=c.example.com")["b.example.com"],
    "c.example.com": {"MX": [MX(1, LAST)] * 11, "TXT": [b"v=spf1 exists:d.example.com ptr:f.x"]},
}


def terms() -> st.SearchStrategy[str]:
    """Terms, right and wrong, and what is none."""
    words = st.sampled_from(["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "A", "x"])
    modifiers = st.sampled_from(["redirect=", "exp=", "x-1=", "1="])
    values = st.sampled_from(["", *DOMAINS, *MACROS, *ODD, *WRONG, *NETWORKS, *WRONG_NETWORKS])
    prefixes = st.sampled_from(["", "", "", *PREFIXES, *WRONG_PREFIXES])
    return st.one_of(
        st.builds("{}{}:{}{}".format, st.sampled_from(["", "-", "!"]), words, values, prefixes),
        st.builds("{}{}".format, words | modifiers, values),
        st.text(st.characters(max_codepoint=255), max_size=9),
    )


@settings(max_examples=100)
@given(st.lists(terms(), max_size=5), st.sampled_from(IPS))
def test_there_is_always_a_result_within_the_limits(them: list[str], ip: str) -> None:
    """RFC 7208, 4.6.4: 10 terms that ask, 10 names for each, and the client's."""
    text = " ".join(["v=spf1", *them]).encode()
    zone = Zone(AROUND | {"a.example.com": {**FULL, "TXT": [text]}})

    outcome = check(Client.of(ip, "b.example.com", "ada@a.example.com"), zone.lookup)

    assert outcome.lookups <= 11
    assert outcome.void_lookups <= 3
    assert zone.asked.total() <= 1 + 10 * 11 + 11 + 1
    assert (outcome.fault is None) == (outcome.result not in {Result.TEMPERROR, Result.PERMERROR})


@settings(max_examples=20)
@given(st.lists(terms(), max_size=5))
def test_a_walk_ends_with_a_record_however_it_is_written(them: list[str]) -> None:
    """With what is wrong, or all of its terms up to all."""
    text = " ".join(["v=spf1", *them])
    tree = walk("a.example.com", Zone({"a.example.com": {"TXT": [text.encode()]}}).lookup)

    assert tree.fault or len(tree.branches) <= len(them)


class Author:
    """Writes zones of which RFC 7208 leaves no doubt: each name has all, and records lead onwards.

    Elsewhere pyspf has its own mind: it counts each question without an answer and a redirect that
    it does not come to, and refuses circles and modifiers that stand twice beforehand.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._one = random.choice

    def zone(self) -> Zone:
        """A zone of some domains, and host names for each address."""
        names = {domain: self._name(DOMAINS[n:]) for n, domain in enumerate(DOMAINS, 1)}
        return Zone(names | {name: {"PTR": self._some(DOMAINS)} for name in REVERSE_NAMES})

    def _name(self, onwards: Sequence[str]) -> Records:
        often = self._random.random() < 0.95
        return {
            "TXT": [" ".join(["v=spf1", *self._record(onwards)]).encode()],
            "A": self._some(["192.0.2.1", "198.51.100.7", "203.0.113.77"]),
            "AAAA": self._some(["2001:db8::1", "2001:db8::2"]),
            "MX": [MX(1, host) for host in (self._some(DOMAINS) if often else DOMAINS + DOMAINS)],
        }

    def _record(self, onwards: Sequence[str]) -> list[str]:
        parts = [self._term(onwards) for _ in range(self._random.randrange(6))]
        parts += [self._wrong_term()] if self._random.random() < 0.1 else []
        parts += [f"exp={self._one(DOMAINS)}"] if self._random.random() < 0.5 else []
        return [*parts, self._one(["", "-all", "~all"])]

    def _term(self, onwards: Sequence[str]) -> str:
        at = self._one([*DOMAINS, *MACROS])
        mechanism = self._one(
            [
                "all" if self._random.random() < 0.2 else "ptr",
                f"include:{self._one([*onwards, '%{h}'])}" if onwards else "mx",
                f"include:{self._one(onwards)}" if onwards else "a",
                f"{self._one(['exists', 'ptr'])}:{at}",
                f"{self._one(['a', 'mx', 'A', 'mX'])}:{at}{self._one(PREFIXES)}",
                self._network(NETWORKS),
            ]
        )
        return self._one(["", "", "-", "~", "?", "+"]) + mechanism

    def _wrong_term(self) -> str:
        wrong = self._one([each for each in WRONG if each != "%{d0}"])  # which pyspf lets pass
        prefix = self._one(WRONG_PREFIXES)
        return self._one(
            [f"a:{wrong}", f"include:{wrong}", f"mx{prefix}", self._network(WRONG_NETWORKS)]
        )

    def _network(self, texts: Sequence[str]) -> str:
        text = self._one(texts)
        return f"{'ip6' if ':' in text else 'ip4'}:{text}"

    def _some(self, texts: Sequence[str]) -> list[str]:
        return self._random.sample(texts, self._random.randint(1, len(texts) // 2))


@pytest.fixture(scope="module")
def peer(pyspf: Path) -> Any:
    """The module of pyspf."""
    spec = importlib.util.spec_from_file_location("spf", pyspf / "spf.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings(action="ignore"):
        spec.loader.exec_module(module)
    return module


def test_the_results_are_those_of_pyspf(peer: Any) -> None:
    """Another reading of RFC 7208 comes to the same, explanations included."""
    random, results = Random(7208), set()
    for _ in range(400):
        zone, ip = Author(random).zone(), random.choice(IPS)
        peer.DNSLookup = lambda name, kind, *_, zone=zone, **__: answers(zone, name, kind)
        query = peer.query(i=ip, s="f@a.example.com", h=LAST, strict=True)
        query.set_default_explanation("")
        result, _, said = query.check()

        outcome = check(Client.of(ip, LAST, "f@a.example.com"), zone.lookup)

        assert outcome.result == result, (said, zone, outcome)
        assert outcome.explanation == (said if result == "fail" else ""), (zone, outcome)
        results.add(outcome.result)
    assert results == set(Result) - {Result.NONE, Result.TEMPERROR}


def answers(zone: Zone, name: str, kind: Kind) -> Iterator[Any]:
    """Records as pyspf takes them."""
    for record in zone.lookup(name.rstrip("."), kind).records:
        match record:
            case MX(preference, host):
                yield (name, kind), (preference, host)
            case str() if kind == "AAAA":
                yield (name, kind), socket.inet_pton(socket.AF_INET6, record)
            case bytes():
                yield (name, kind), (record,)
            case _:
                yield (name, kind), record
