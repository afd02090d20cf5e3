"""`smtp find`: settings for an address, a domain or a name, without a database (P1, A6)."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command
from tests.servers.fixtures import StartDns

FIELDS = {
    *("origin", "provider", "name", "server", "port", "tls", "tls_start", "username"),
    *("note", "unsure", "region", "ask"),
}


def test_an_address_of_the_table_is_answered_in_json(smtp: Command) -> None:
    """Section 11: every field, exit code 0, no database and no question."""
    ran = smtp("find", "ada@gmail.com", "--json", SMTP_PANEL_DNS="127.0.0.1:1")
    assert (ran.code, ran.stderr) == (0, "")
    assert {**ran.json, "offers": []} == {
        "ok": True,
        "query": "ada@gmail.com",
        "domain": "gmail.com",
        "message": "",
        "offers": [],
    }
    best = ran.json["offers"][0]
    assert best.keys() == FIELDS
    assert "app password" in best.pop("note")
    assert best == {
        "origin": "table",
        "provider": "gmail",
        "name": "Gmail",
        "server": "smtp.gmail.com",
        "port": 465,
        "tls": True,
        "tls_start": "implicit",
        "username": "ada@gmail.com",
        "unsure": False,
        "region": "",
        "ask": [],
    }


def test_a_name_may_be_several_words_and_only_begin(smtp: Command) -> None:
    """Section 11."""
    ran = smtp("find", "office", "36", "--json")
    assert (ran.json["query"], ran.json["domain"]) == ("office 36", "")
    assert {each["provider"] for each in ran.json["offers"]} == {"microsoft365"}


def test_a_domain_is_asked_for_at_the_given_name_server(
    smtp: Command, name_server: StartDns
) -> None:
    """P1: SMTP_PANEL_DNS; what gave the settings away is told."""
    server = name_server({("a.example", "MX"): ["1 smtp.google.com."]})
    ran = smtp("find", "a.example", SMTP_PANEL_DNS=server.variable)
    assert ran.code == 0
    assert ran.lines[0].endswith("takes the mail of a.example")
    assert ran.lines[1].strip() == "smtp.gmail.com, port 465, TLS from the first byte"


def test_where_there_is_no_offer_it_says_so_and_ends_with_1(
    smtp: Command, name_server: StartDns
) -> None:
    """Section 11: a sentence in both forms, in the terminal's language."""
    variable = name_server({}).variable
    ran = smtp("find", "ada@gone.example", "--json", SMTP_PANEL_DNS=variable)
    assert (ran.code, ran.json["ok"], ran.json["offers"]) == (1, False, [])
    assert ran.json["message"].startswith("There is no domain gone.example.")
    plain = smtp("find", "ada@gone.example", SMTP_PANEL_DNS=variable, LC_ALL="ja_JP.UTF-8")
    assert plain.code == 1
    assert "gone.example" in plain.lines[0]
    assert not plain.lines[0].isascii()


def test_a_provider_without_smtp_is_told_by_its_note(smtp: Command) -> None:
    """Section 11."""
    ran = smtp("find", "tuta", "--json")
    assert (ran.code, ran.json["offers"]) == (1, [])
    assert ran.json["message"].startswith("Tuta offers no SMTP")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [(["ada@"], "words"), ([""], "words"), (["192.0.2.1"], "words"), ([], "usage")],
)
def test_what_can_be_nothing_of_the_kind_ends_with_2(
    smtp: Command, words: list[str], wrong: str
) -> None:
    """Section 11: bad input, and what of it."""
    ran = smtp("find", *words, "--json")
    assert (ran.code, ran.json["ok"]) == (2, False)
    assert [*ran.json["errors"]] == [wrong]


def test_trying_finds_what_answers_and_counts_no_limit(
    smtp: Command, name_server: StartDns
) -> None:
    """P1: what comes of each try is told beside the output, and not where a program reads."""
    variable = name_server({("a.invalid", "A"): ["192.0.2.1"]}).variable
    ran = smtp("find", "a.invalid", SMTP_PANEL_DNS=variable)
    assert ran.lines[-1] == "`smtp find --try` tries them."
    ran = smtp("find", "a.invalid", "--try", "--json", SMTP_PANEL_DNS=variable)
    assert (ran.code, ran.stderr) == (1, "")
    assert "smtp.a.invalid, mail.a.invalid" in ran.json["message"]
    ran = smtp("find", "a.invalid", "--try", SMTP_PANEL_DNS=variable)
    told = sorted(line.partition(": ")[0] for line in ran.stderr.splitlines())
    assert told == ["mail.a.invalid", "smtp.a.invalid"]
    assert "mail.a.invalid: " not in ran.stdout


def test_blanks_uncertainty_and_what_is_left_out_are_told(smtp: Command) -> None:
    """P1: as sentences of their own."""
    ran = smtp("find", "xserver")
    assert "Replace {number} by your own." in ran.stdout
    assert "more providers are called so" in smtp("find", "s").lines[-1]
    every = smtp("find", "s", "--json").json["offers"]
    assert len({each["provider"] for each in every}) > 6
