"""What a check of SPF tells beside its result: the way there, what it counted, what was wrong."""

from __future__ import annotations

import pytest

from smtp_panel.net.dns import MX
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import ProblemFound, Result, SPFOutcome, SPFProblem, WalkStep
from tests.spf.zone import Zone, remembering, txt

IP, HELO = "192.0.2.1", "mail.example.com"


def checked(zone: Zone, mail_from: str = "ada@a.example.com", ip: str = IP) -> SPFOutcome:
    return check(Client.of(ip, HELO, mail_from), remembering(zone.lookup))


def test_it_tells_the_way_to_the_mechanism_that_matched() -> None:
    """Through include and redirect, with the records that were read."""
    zone = Zone(
        txt(
            a="v=spf1 redirect=b.example.com",
            b="v=spf1 include:c.example.com include:d.example.com -all",
            c="v=spf1 -all",
            d="v=spf1 ip4:192.0.2.0/24",
        )
    )

    outcome = checked(zone)

    assert outcome.result is Result.PASS
    assert outcome.path == (
        WalkStep("a.example.com", "redirect=b.example.com"),
        WalkStep("b.example.com", "include:d.example.com"),
        WalkStep("d.example.com", "ip4:192.0.2.0/24"),
    )
    assert [each.domain[0] for each in outcome.records] == ["a", "b", "c", "d"]
    assert (outcome.lookups, outcome.void_lookups) == (3, 0)


def test_no_mechanism_that_matches_is_neutral_and_has_no_way() -> None:
    """RFC 7208, 4.7."""
    outcome = checked(Zone(txt(a="v=spf1 redirect=b.example.com", b="v=spf1 ip4:192.0.2.9")))

    assert (outcome.result, outcome.path) == (Result.NEUTRAL, ())


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (
            "v=spf1 ip4:192.0.2.300 -all",
            ProblemFound(SPFProblem.SYNTAX, "b.example.com", "ip4:192.0.2.300"),
        ),
        ("v=spf1 a:x a:y. -all", ProblemFound(SPFProblem.SYNTAX, "b.example.com", "a:x")),
        (
            "v=spf1 a:w1.example.com a:w2.example.com a:w3.example.com",
            ProblemFound(SPFProblem.VOID, "b.example.com", "a:w3.example.com"),
        ),
        (
            "v=spf1 include:c.example.com",
            ProblemFound(SPFProblem.NO_RECORD, "b.example.com", "include:c.example.com"),
        ),
        ("v=spf1 mx", ProblemFound(SPFProblem.NAMES, "b.example.com", "mx")),
        (
            "v=spf1 a:broken.example.com",
            ProblemFound(SPFProblem.LOOKUP_FAILED, "broken.example.com"),
        ),
        (
            f"v=spf1 {' '.join(['a:host.example.com'] * 10)}",
            ProblemFound(SPFProblem.LOOKUPS, "b.example.com", "a:host.example.com"),
        ),
    ],
    ids=lambda value: value.problem if isinstance(value, ProblemFound) else "",
)
def test_an_error_names_the_domain_and_the_term(record: str, fault: ProblemFound) -> None:
    """One that stands in an included record too (RFC 7208, 4.6, 4.6.4 and 5.2)."""
    zone = Zone(
        txt(a="v=spf1 include:b.example.com -all")
        | {
            "b.example.com": {
                "TXT": [record.encode()],
                "MX": [MX(number, "host.example.com") for number in range(11)],
            },
            "host.example.com": {"A": ["198.51.100.1"]},
        },
        broken=frozenset({("broken.example.com", "A")}),
    )

    outcome = checked(zone)

    temporary = fault.problem is SPFProblem.LOOKUP_FAILED
    assert outcome.fault == fault
    assert outcome.result is (Result.TEMPERROR if temporary else Result.PERMERROR)
    assert str(outcome.fault.sentence)
    way = [WalkStep("a.example.com", "include:b.example.com")]
    assert outcome.path[:1] == tuple(way)
    assert outcome.path[1:] == (() if fault.problem is SPFProblem.SYNTAX else (last_step(record),))


def last_step(record: str) -> WalkStep:
    return WalkStep("b.example.com", record.rsplit(maxsplit=1)[-1])


def test_several_records_are_an_error_of_the_domain() -> None:
    """RFC 7208, 4.5."""
    zone = Zone({"a.example.com": {"TXT": [b"v=spf1 +all", b"V=SPF1", b"v=spf10 -all"]}})

    assert checked(zone).fault == ProblemFound(SPFProblem.SEVERAL, "a.example.com")


@pytest.mark.parametrize(
    ("mail_from", "result"),
    [("", Result.PASS), ("a.example.com", Result.FAIL), ("@a.example.com.", Result.FAIL)],
)
def test_the_null_sender_is_judged_by_its_helo_name(mail_from: str, result: Result) -> None:
    """RFC 7208, 2.4; an address without a local part is one of the postmaster's (4.3)."""
    zone = Zone(
        {
            "mail.example.com": {"TXT": [b"v=spf1 ip4:192.0.2.1 -all"]},
            "a.example.com": {"TXT": [b"v=spf1 exists:%{l}.%{o}.yes.example.com -all exp=%{l}.d"]},
        }
    )

    outcome = checked(zone, mail_from)

    assert outcome.result is result
    assert (("postmaster.a.example.com.yes.example.com", "A") in zone.asked) == bool(mail_from)


def test_a_domain_that_is_not_ascii_is_looked_up_in_a_labels() -> None:
    """RFC 7208, 4.3."""
    zone = Zone({"xn--bcher-kva.example": {"TXT": [b"v=spf1 ip4:192.0.2.1 -all"]}})

    assert checked(zone, "ada@bücher.example").result is Result.PASS


@pytest.mark.parametrize("domain", ["ü..example", "\ud800.example", "-ü.example", "a@b"])
def test_a_domain_that_can_not_be_has_no_record(domain: str) -> None:
    """RFC 7208, 4.3: none, and nobody is asked."""
    zone = Zone({})

    results = [
        check(Client.of(IP, domain, sender), zone.lookup).result for sender in ("", f"ada@{domain}")
    ]

    assert (results, zone.asked.total()) == ([Result.NONE] * 2, 0)


def test_a_local_part_that_is_not_ascii_matches_no_macro() -> None:
    """RFC 8616, 4: it can't be a label; what takes it in is not looked up."""
    zone = Zone(txt(a="v=spf1 exists:%{l}.example.com -all exp=%{s}.example.com"))

    outcome = checked(zone, "ä@a.example.com")

    assert (outcome.result, outcome.explanation) == (Result.FAIL, "")
    assert list(zone.asked) == [("a.example.com", "TXT")]


def test_the_explanation_may_take_in_who_judges_and_when() -> None:
    """RFC 7208, 7.2: c, r and t."""
    zone = Zone(
        txt(a="v=spf1 -all exp=b.example.com")
        | {"b.example.com": {"TXT": [b"%{c} at %{t}, says %{r}: %{H}%% %{o2r+-}%-"]}}
    )

    outcome = check(
        Client.of(IP, "a b.example", "ada@a.example.com"), zone.lookup, clock=lambda: 7.9
    )

    assert outcome.explanation == "192.0.2.1 at 7, says unknown: a%20b.example% a.example.com%20"


def test_a_check_asks_each_question_once() -> None:
    """However often its terms need the answer; each of them counts (RFC 7208, 4.6.4)."""
    zone = Zone(
        txt(a="v=spf1 a:h.example.com a:h.example.com mx:m.example.com ptr exists:%{p} -all")
        | {
            "h.example.com": {"A": ["198.51.100.1"]},
            "m.example.com": {"MX": [MX(1, "h.example.com"), MX(2, "h.example.com"), MX(3, "")]},
            "1.2.0.192.in-addr.arpa": {"PTR": ["h.example.com", "other.example"]},
        }
    )

    outcome = checked(zone)

    assert (outcome.result, outcome.lookups, outcome.void_lookups) == (Result.FAIL, 5, 1)
    assert set(zone.asked.values()) == {1}


def test_host_names_of_the_client_that_find_nothing_do_not_count() -> None:
    """They are not the domain's to mend (RFC 7208, 4.6.4 and 5.5)."""
    names = [f"w{number}.example" for number in range(12)]
    zone = Zone(txt(a="v=spf1 ptr -all") | {"1.2.0.192.in-addr.arpa": {"PTR": names}})

    outcome = checked(zone)

    assert (outcome.result, outcome.void_lookups) == (Result.FAIL, 0)
    assert sum(kind == "A" for _, kind in zone.asked) == 10


def test_an_address_is_needed() -> None:
    """The only thing that raises."""
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        checked(Zone({}), ip="localhost")
