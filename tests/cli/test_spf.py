"""`smtp spf`: whether an address may send mail for a domain, without a database (D5, A6)."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Command
from tests.servers.fixtures import StartDns

ZONE = {
    ("a.example", "TXT"): ['"v=spf1 include:b.example a:c.example mx ptr -all exp=why.a.example"'],
    ("b.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ?all"'],
    ("a.example", "MX"): ["10 m.a.example."],
    ("m.a.example", "A"): ["198.51.100.1"],
    ("why.a.example", "TXT"): ['"%{i} is not ours"'],
}
FAIL = {
    "result": "fail",
    "explanation": "203.0.113.1 is not ours",
    "lookups": 4,
    "void_lookups": 2,
    "path": [{"domain": "a.example", "term": "-all"}],
    "error": None,
}


def asked(ip: str, mail_from: str = "ada@a.example") -> list[str]:
    return ["spf", "--ip", ip, "--helo", "mail.a.example", "--mail-from", mail_from]


def test_the_result_is_one_object(smtp: Command, name_server: StartDns) -> None:
    """NAMES: result, explanation, lookups and void_lookups; whatever it is, it is an answer."""
    variable = name_server(ZONE).variable

    ran = smtp(*asked("203.0.113.1"), "--json", SMTP_PANEL_DNS=variable)

    assert (ran.code, ran.json, ran.stderr) == (0, FAIL, "")


def test_a_slow_dns_is_waited_for(smtp: Command, name_server: StartDns) -> None:
    """NAMES: at most 3 seconds over everything, for which 11 answers one after another are slow."""
    names = [f"n{number}.example" for number in range(10)]
    record = f'"v=spf1 {" ".join(f"include:{name}" for name in names)} -all"'
    server = name_server(
        {("a.example", "TXT"): [record]} | {(name, "TXT"): ['"v=spf1 ?all"'] for name in names}
    )
    server.delay = 0.4

    ran = smtp(*asked("203.0.113.1"), "--json", SMTP_PANEL_DNS=server.variable)

    assert (ran.json["result"], ran.json["lookups"]) == ("fail", 10)


def test_an_error_is_told_in_a_sentence(smtp: Command, name_server: StartDns) -> None:
    """D5: 'could not look up' is not 'has none'."""
    server = name_server(ZONE)
    server.failing.add("b.example")

    results = [
        smtp(*asked("192.0.2.1", sender), "--json", SMTP_PANEL_DNS=server.variable).json
        for sender in ("ada@a.example", "<>")
    ]

    assert [each["result"] for each in results] == ["temperror", "none"]
    assert results[0]["error"].startswith("b.example could not be looked up")
    assert results[1]["error"] is None


@pytest.mark.parametrize("sender", ["<ada@a.example>", "ada@a.example", "<>", ""])
def test_an_envelope_sender_may_stand_in_its_brackets(
    smtp: Command, name_server: StartDns, sender: str
) -> None:
    """RFC 5321, 4.1.2: as MAIL has it, and as it stands in a log."""
    words = ("spf", "--ip", "203.0.113.1", "--helo", "a.example", "--mail-from", sender)
    assert smtp(*words, "--json", SMTP_PANEL_DNS=name_server(ZONE).variable).json == FAIL


def test_lines_are_answered_in_their_order(smtp: Command, name_server: StartDns) -> None:
    """NAMES: --stdin; what is wrong with a line stands in its place, and gives exit code 2."""
    good = {"ip": "203.0.113.1", "helo": "mail.a.example", "mail_from": "ada@a.example"}
    lines = [
        json.dumps(good),
        "[" * 100_000,
        json.dumps(good | {"ip": "192.0.2.1"}),
        json.dumps(good | {"ip": "192.0.2.256", "helo": 7, "mail_from": "a" * 321}),
        '{"ip": "203.0.113.1", "helo": "\\ud800", "mail_from": "\\u00fc@\\u00fc.example"}',
    ]

    ran = smtp("spf", "--stdin", stdin="\n".join(lines), SMTP_PANEL_DNS=name_server(ZONE).variable)

    first, second, third, fourth, fifth = map(json.loads, ran.lines)
    assert ran.code == 2
    assert first == FAIL
    assert third["result"] == "pass"
    assert [each["ok"] for each in (second, fourth, fifth)] == [False] * 3
    assert [[*each["errors"]] for each in (second, fourth, fifth)] == [
        ["stdin"],
        ["ip", "helo", "mail_from"],
        ["helo"],
    ]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["spf", "--stdin", "--ip", "192.0.2.1"], "usage"),
        (["spf", "--ip", "mail.a.example", "--helo", "", "--mail-from", ""], "ip"),
        (["spf", "--ip", "192.0.2.1", "--mail-from", "ada@a.example"], "helo"),
    ],
)
def test_bad_input_ends_with_2(smtp: Command, words: list[str], option: str) -> None:
    """Section 11."""
    ran = smtp(*words, "--json")

    assert (ran.code, [*ran.json["errors"]]) == (2, [option])


def test_people_see_what_each_term_costs_and_which_decided(
    smtp: Command, name_server: StartDns
) -> None:
    """D5: the tree of the record."""
    variable = name_server(ZONE).variable

    ran = smtp(*asked("203.0.113.1"), SMTP_PANEL_DNS=variable)
    japanese = smtp(*asked("198.51.100.1"), SMTP_PANEL_DNS=variable, LANG="ja_JP.UTF-8")

    assert ran.code == 0
    assert ran.lines == [
        "203.0.113.1 may not send mail for a.example: fail.",
        "  The domain explains: 203.0.113.1 is not ours",
        "  Look-ups until then: 4 of 10; without an answer: 2 of 2.",
        "What each term costs: 4 look-ups in all",
        "a.example",
        "├  1  include:b.example",
        "│     ├  -  ip4:192.0.2.0/24",
        "│     └  -  ?all",
        "├  1  a:c.example (finds nothing)",
        "├  1  mx",
        "├  1  ptr (depends on the message)",
        "└  -  -all ←",
    ]
    assert japanese.lines[0].startswith("198.51.100.1 は a.example のメールを送信できます")


def test_people_see_what_is_wrong_where_it_is(smtp: Command, name_server: StartDns) -> None:
    """D5: below the term that leads there; a domain without a record has no tree."""
    records = {
        "a": '"v=spf1 include:b.example include:none.example exists:bad.example"',
        "b": '"v=spf1 ip4:1.2.3 -all"',
    }
    server = name_server({(f"{name}.example", "TXT"): [text] for name, text in records.items()})
    server.failing.add("bad.example")

    faulty = smtp(*asked("192.0.2.1"), SMTP_PANEL_DNS=server.variable).lines
    nothing = smtp(*asked("192.0.2.1", "<>"), SMTP_PANEL_DNS=server.variable).lines

    assert faulty[0] == "The SPF record of a.example can't be used: permerror."
    assert faulty[faulty.index("a.example") :] == [
        "a.example",
        "├  1  include:b.example ←",
        "│     b.example has “ip4:1.2.3” in its SPF record, which no receiver can read.",
        "├  1  include:none.example (finds nothing)",
        "│     “include:none.example” of a.example leads to a domain that publishes no",
        "│     SPF record.",
        "└  1  exists:bad.example",
        "      bad.example could not be looked up: look again in a few minutes.",
    ]
    assert nothing == [
        "mail.a.example publishes no SPF record: none.",
        "  Look-ups until then: 0 of 10; without an answer: 0 of 2.",
    ]
