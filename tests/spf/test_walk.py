"""The tree of an SPF record: what each term costs, where it ends, and how it is asked for."""

from __future__ import annotations

import threading

import pytest

from smtp_panel.net.dns import MX, Answer, Kind
from smtp_panel.spf.ahead import asking_ahead
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import ProblemFound, Result, SPFProblem
from smtp_panel.spf.walk import MOST_TERMS, Tree, walk
from tests.spf.zone import Zone, remembering, txt


def walked(zone: Zone) -> Tree:
    return walk("a.example.com", zone.lookup)


def test_each_term_tells_what_it_costs_with_all_behind_it() -> None:
    """Terms behind all cost nothing; a redirect counts where there is none."""
    zone = Zone(
        txt(
            a="v=spf1 include:b.example.com ip4:192.0.2.1 a mx exists:%{i}.x.example.com ptr"
            " redirect=%{d2}",
            b="v=spf1 a:nowhere.example.com include:c.example.com -all a a a",
            c="v=spf1 ~all",
        )
        | {"example.com": {"TXT": [b"v=spf1 -all"]}}
    )

    tree = walked(zone)

    assert [branch.lookups for branch in tree.branches] == [3, 0, 1, 1, 1, 1, 1]
    assert [branch.void_lookups for branch in tree.branches] == [1, 0, 1, 1, 0, 0, 0]
    assert [branch.unknown for branch in tree.branches] == [False] * 4 + [True, True, False]
    assert (tree.lookups, tree.void_lookups, list(tree.faults)) == (8, 3, [])


@pytest.mark.parametrize(
    ("term", "problem"),
    [
        ("include:missing.example.com", SPFProblem.NO_RECORD),
        ("include:a.EXAMPLE.com", SPFProblem.LOOP),
        ("include:several.example.com", SPFProblem.SEVERAL),
        ("redirect=broken.example.com", SPFProblem.LOOKUP_FAILED),
        ("exists:broken.example.com", SPFProblem.LOOKUP_FAILED),
        ("include:typo.example.com", SPFProblem.SYNTAX),
        ("mx:many.example.com", SPFProblem.NAMES),
    ],
)
def test_what_is_wrong_behind_a_term_is_told(term: str, problem: SPFProblem) -> None:
    """With the domain where it is, and without an end to the rest of the tree."""
    zone = Zone(
        txt(a=f"v=spf1 a {term}", typo="v=spf1 ipv4:192.0.2.1")
        | {
            "several.example.com": {"TXT": [b"v=spf1", b"v=spf1 -all"]},
            "many.example.com": {"MX": [MX(1, f"m{number}.example") for number in range(11)]},
        },
        broken=frozenset({("broken.example.com", "A"), ("broken.example.com", "TXT")}),
    )

    tree = walked(zone)

    assert [fault.problem for fault in tree.faults] == [problem]
    assert tree.lookups == 2


def test_a_domain_without_a_record_is_not_one_that_could_not_be_looked_up() -> None:
    """SPEC D5."""
    broken = Zone({}, broken=frozenset({("a.example.com", "TXT")}))

    assert walked(Zone({})) == Tree("a.example.com")
    assert walked(broken).fault == ProblemFound(SPFProblem.LOOKUP_FAILED, "a.example.com")


def test_a_record_without_end_is_followed_so_far() -> None:
    """Each record names two more: nobody can have all of the world's DNS asked."""

    def ask(name: str, kind: Kind) -> Answer:
        asked.append(name)
        text = f"v=spf1 include:l{len(asked)}.{name[-200:]} include:r{len(asked)}.{name[-200:]}"
        return Answer(exists=True, records=(text.encode(),))

    asked: list[str] = []

    tree = walk("a.example.com", remembering(ask))

    assert tree.lookups >= MOST_TERMS
    assert len(asked) <= 300


CLIENTS = [
    Client.of(ip, "mail.example.com", "ada@a.example.com") for ip in ("192.0.2.1", "2001:db8::1")
]
BRANCHED = Zone(
    txt(
        a="v=spf1 include:b.example.com include:c.example.com exists:%{i}.d.example.com ptr -all",
        b="v=spf1 a:h.example.com -all",
        c="v=spf1 mx:h.example.com -all",
    )
    | {
        "h.example.com": {"A": ["198.51.100.1"], "MX": [MX(1, "m.example.com")]},
        "1.2.0.192.in-addr.arpa": {"PTR": ["p.example.com"]},
    }
)


def test_questions_that_do_not_wait_for_each_other_are_asked_side_by_side() -> None:
    """Issue 9: all takes as long as the longest chain. No question is answered before its peers."""
    first_behind_the_record = {
        ("b.example.com", "TXT"),
        ("c.example.com", "TXT"),
        ("192.0.2.1.d.example.com", "A"),
        ("1.2.0.192.in-addr.arpa", "PTR"),
    }
    peers = threading.Barrier(len(first_behind_the_record))

    def ask(name: str, kind: Kind) -> Answer:
        if (name, kind) in first_behind_the_record:
            peers.wait(timeout=60)
        return BRANCHED.lookup(name, kind)

    assert walk("a.example.com", remembering(ask), CLIENTS).lookups == 6


def test_a_check_waits_for_nothing_that_it_does_not_need() -> None:
    """What may be asked for is asked meanwhile, side by side, and by nobody twice."""
    needed = threading.Barrier(2)
    decided = threading.Event()
    zone = Zone(
        txt(
            a="v=spf1 include:b.example.com include:c.example.com include:d.example.com",
            b="v=spf1 ?all",
            c="v=spf1 ip4:192.0.2.1",
        )
    )

    def ask(name: str, kind: Kind) -> Answer:
        if name in {"b.example.com", "c.example.com"}:
            needed.wait(timeout=60)
        if name == "d.example.com":
            assert decided.wait(timeout=60)
        return zone.lookup(name, kind)

    lookup = remembering(ask)
    with asking_ahead(CLIENTS[0], lookup):
        outcome = check(CLIENTS[0], lookup)
        decided.set()

    assert outcome.result is Result.PASS
    assert set(zone.asked.values()) == {1}


def test_a_check_after_the_walk_asks_nothing() -> None:
    """Each address is judged by what was asked for all of them."""
    lookup = remembering(BRANCHED.lookup)
    walk("a.example.com", lookup, CLIENTS)
    before = BRANCHED.asked.copy()

    outcomes = [check(each, lookup) for each in CLIENTS]

    assert [outcome.result for outcome in outcomes] == [Result.FAIL, Result.PERMERROR]
    assert BRANCHED.asked == before
