"""The table of providers: facts that the diagnosis, and whoever looks settings up, rely on."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections import Counter
from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.diagnosis.providers import (
    JAPANESE,
    TABLE,
    provider_meant,
    providers,
    recognise,
)
from tests.diagnosis.examples import said

ROWS: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
ALWAYS = {
    *("id", "name", "kind", "domains", "mx", "servers", "ports_extra"),
    *("username", "secret", "auth", "from", "note", "source"),
}
SOMETIMES = {
    *("aliases", "server_names", "says", "servers_pattern", "no_smtp", "testing", "unsure"),
    *("spf", "dkim", "dkim_cnames", "own_envelope", "limits", "help", "mx_shared"),
    "secret_name",
}
SOURCES = {
    *("ispdb", "fairemail", "deltachat", "nodemailer", "mailcore2", "mailspring", "symfony"),
    *("listmonk", "emaillinks", "wappalyzer", "domainconnect", "faults", "doc", "code"),
}
HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)+")
SPANS = ("minute", "hour", "day")
LIMIT = {"span", "most", "counts", "per", "window", "varies", "source", "read"}
SELECTOR = re.compile(r"([a-z0-9_-]|\{[a-z]+\})+")


def test_a_row_says_all_that_is_needed_and_nothing_unknown() -> None:
    """P1: a misspelt key would be a fact that nobody finds."""
    for row in ROWS:
        name = row["id"]
        assert row.keys() >= ALWAYS, name
        assert row.keys() <= ALWAYS | SOMETIMES, name
        assert row["kind"] in {"mailbox", "hosting", "relay"}, name
        assert row["from"] in {"account", "verified", "any"}, name
        assert set(row["auth"]) <= {"plain", "login", "oauth2"}, name
        for server in (*row["servers"], *row.get("servers_pattern", [])):
            assert server["tls"] in {"implicit", "starttls"}, name
            assert 1 <= server["port"] <= 65535, name
            assert server["host"] == server["host"].lower().strip(), name
        assert row.get("help", "https://").startswith("https://"), name
        assert {*row.get("mx_shared", [])} <= {*row["mx"]}, name
        assert row["source"], name
        assert {source.partition(":")[0] for source in row["source"]} <= SOURCES, name


def test_what_deliverability_and_outbox_take_from_it_is_well_formed() -> None:
    """D5, M5: names that can be looked up, and numbers that can be obeyed."""
    for row in ROWS:
        assert all(HOST_NAME.fullmatch(name) for name in row.get("spf", [])), row["id"]
        assert all(SELECTOR.fullmatch(each) for each in row.get("dkim", [])), row["id"]
        cnames = row.get("dkim_cnames", {})
        assert cnames.keys() <= set(row.get("dkim", [])), row["id"]
        filled = [each.format(domain="a.b", dashed="a-b") for each in cnames.values()]
        assert all(map(HOST_NAME.fullmatch, filled)), row["id"]


def test_a_limit_tells_what_it_counts_and_where_that_is_documented() -> None:
    """M5: no figure without its source, and the longer time lets through no less."""
    limits = {row["id"]: row["limits"] for row in ROWS if "limits" in row}
    for name, told in limits.items():
        spans = [each["span"] for each in told]
        assert spans == [span for span in SPANS if span in spans], name
        numbers = [each["most"] for each in told]
        assert numbers == sorted(numbers), name
        for each in told:
            assert each.keys() <= LIMIT, name
            assert each.keys() >= LIMIT - {"window", "varies"}, name
            assert each["most"] > 0, name
            assert each["counts"] in {"messages", "recipients"}, name
            assert each["span"] != "minute" or each["counts"] == "messages", name
            assert each["per"] in {"mailbox", "account"}, name
            assert each.get("window", "rolling") in {"rolling", "calendar"}, name
            assert each.get("varies", True) is True, name
            assert each["source"].startswith("https://"), name
            assert datetime.date.fromisoformat(each["read"]), name


def test_each_note_has_its_japanese_with_the_same_links_and_names() -> None:
    """P2: notes are texts for people; what is to be typed or opened is the same in both."""
    assert tomllib.loads(JAPANESE.read_text(encoding="utf-8")).keys() == {row["id"] for row in ROWS}
    for provider in providers():
        english, japanese = provider.notes["en"], provider.notes["ja"]
        assert re.search("[ぁ-ん]", japanese), provider.id
        assert japanese.endswith("。"), provider.id
        for exact in re.findall(
            r"https://[^\s;,)]+|\b\d{2,4}\b|(?:smtp|mail)[a-z]*(?:\.[a-z]+)+", english
        ):
            assert exact in japanese, provider.id


def test_a_note_advises_and_does_not_tell_how_it_is_known() -> None:
    """P1: it ends a remedy, whose reader wants to know what to enter, not what lists say of it."""
    for provider in providers():
        english, japanese = provider.notes["en"].lower(), provider.notes["ja"]
        assert not re.search(r"\b(databases?|sources|old data)\b", english), provider.id
        assert not re.search(r"データベース|についての情報|古い情報", japanese), provider.id


@pytest.mark.parametrize("key", ["id", "domains", "mx"])
def test_what_a_provider_is_found_by_stands_once(key: str) -> None:
    """P1: a mail domain, or the suffix of its MX, leads to one provider."""
    values = [row[key] for row in ROWS]
    found = Counter(each for value in values for each in ([value] if key == "id" else value))
    assert [each for each, times in found.items() if times > 1] == []


def test_each_is_recognised_by_its_own_servers() -> None:
    """D2: those that own the very name come before those of the same network."""
    for provider in providers():
        for server, _ in provider.servers:
            found = recognise(server.upper(), "")
            owners = [each for each in found if each.lists(server)]
            assert provider in owners, provider.id
            assert list(found[: len(owners)]) == owners, provider.id


def test_each_is_recognised_by_whatever_server_is_offered() -> None:
    """P2: also once its blanks are filled in, unless it has the customer's name or is this host."""
    for provider in providers():
        for each in provider.mail_servers:
            filled = re.sub(r"\{\w+\}", "abc1", each.host)
            if "{domain}" not in each.host and filled != "127.0.0.1":
                assert provider in {*recognise(filled, "")}, filled


@pytest.mark.parametrize(
    ("server", "words", "name"),
    [
        ("smtp.test", "", ""),
        ("smtp.gmail.com.attacker.example", "", ""),
        ("smtp.test", "535 x - gsmtp", "Gmail"),
        ("smtp.aol.com", "", "AOL Mail"),
        ("smtp.office365.com", "", "Microsoft 365 / Exchange Online"),
    ],
)
def test_it_is_told_by_name_or_words(server: str, words: str, name: str) -> None:
    """D2: the provider by server name and greeting."""
    assert next((each.name for each in recognise(server, words)), "") == name


@pytest.mark.parametrize(
    ("server", "username", "provider"),
    [
        (" SMTP.gmail.com. ", "", "gmail"),
        ("smtp.gmail.com", "ada@gmail.com", "gmail"),
        ("smtp.gmail.com", "ada@analytical.example", "google-workspace"),
        ("smtp.mail.yahoo.com", "ada@cox.net", "cox"),
        ("email-smtp.eu-west-1.amazonaws.com", "AKIA123", "amazon-ses"),
        ("w0123456.kasserver.com", "", "all-inkl"),
        ("ex2.mail.ovh.net", "", "ovh"),
        ("smtp.example.com", "ada@gmail.com", ""),
        ("smtp.gmail.com.example.com", "", ""),
        ("127.0.0.1", "", ""),
        ("", "", ""),
    ],
)
def test_whose_server_it_is_follows_from_its_name_and_else_from_the_address(
    server: str, username: str, provider: str
) -> None:
    """P2: Gmail and Google Workspace have one server, and differ in what they let through."""
    meant = provider_meant(server, username)
    assert (meant.id if meant else "") == provider


def test_a_remedy_calls_the_provider_by_its_name() -> None:
    """D2: and never by that of another."""
    diagnosis = diagnose(said("auth", "535 5.7.8 no", server="smtp.fastmail.com"))
    assert diagnosis.cause().startswith("Fastmail refused the login")
    assert "Yahoo" not in diagnosis.remedy()
