"""SPEC P1: what the table of providers offers, by domain and by name, without a question."""

from __future__ import annotations

from contextlib import suppress

import pytest

from smtp_panel.diagnosis.providers import providers
from smtp_panel.finding.finding import Found, find
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import NOTHING, Answer, Kind
from smtp_panel.settings import rules
from smtp_panel.settings.rules import Refused
from smtp_panel.smtp.endpoint import Security
from smtp_panel.telling.offers import LABELS

BY_ID = {each.id: each for each in providers()}


def never(name: str, kind: Kind, _deadline: Deadline) -> Answer:
    raise AssertionError(f"{name} {kind} was asked for")


def found(text: str) -> Found:
    return find(rules.query(text), never)


def places(offers: tuple[Offer, ...]) -> list[tuple[str, int]]:
    return [(each.server, each.port) for each in offers]


def test_every_address_at_a_domain_of_the_table_leads_to_its_provider() -> None:
    """P1: exactly the servers of the table, and none of a provider that offers no SMTP."""
    for provider in providers():
        for domain in provider.domains:
            told = found(f"ada@{domain}")
            assert {(each.server, each.port, each.security) for each in told.offers} == {
                (each.host.replace("{domain}", domain), each.port, Security(each.tls))
                for each in provider.mail_servers
            }
            assert all(each.provider is provider for each in told.offers)
            assert {each.origin for each in told.offers} <= {Origin.TABLE}
            assert (told.refusing is provider) is provider.no_smtp


def test_the_user_name_is_what_the_provider_wants() -> None:
    """P1: the whole address, what stands before the @, the one of everybody, or nobody's."""
    assert found("ada@gmail.com").offers[0].username == "ada@gmail.com"
    (local, *_) = (each for each in BY_ID.values() if each.username == "local" and each.domains)
    assert found(f"ada@{local.domains[0]}").offers[0].username == "ada"
    assert found("sendgrid").offers[0].username == "apikey"
    assert found("gmail.com").offers[0].username == ""
    assert found("amazon ses").offers[0].username == ""


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Fastmail", ["fastmail"]),
        ("fastm", ["fastmail"]),
        ("  office   365 ", ["microsoft365"]),
        ("ＦＡＳＴＭＡＩＬ", ["fastmail"]),
        ("gmail", ["gmail", "google-workspace", "google-workspace-relay"]),
        ("microsoft365", ["microsoft365"]),
        ("zoho mail", ["zoho-workplace", "zoho"]),
        ("yahoo", ["yahoo", "yahoo-jp", "ybb"]),
        ("zoho", ["zoho", "zoho-workplace", "zeptomail"]),
        ("お名前", ["onamae"]),
        ("お名前.com", ["onamae"]),
        ("さくら", ["sakura"]),
        ("@nif", ["nifty"]),
        ("@utobahn (Japan)", ["autobahn-jp"]),
        ("reg.ru", ["reg-ru"]),
        ("365", ["microsoft365"]),
    ],
)
def test_a_provider_is_found_by_the_beginning_of_a_name_or_word(text: str, ids: list[str]) -> None:
    """P1: its name, its id or an alias; those that are called so before those that begin so."""
    offers = found(text).offers
    assert list(dict.fromkeys(each.provider.id for each in offers if each.provider)) == ids


def test_the_beginning_of_every_name_is_enough() -> None:
    """P1, NAMES: however far it is typed, and whatever else is called so; where no domain is."""
    missing = []
    for provider in providers():
        for name in (provider.name, provider.id, *provider.aliases):
            for letters in {3, len(name) // 2, len(name) - 1, len(name)} - {0, 1, 2}:
                text = name[:letters].rstrip(" ,")
                with suppress(Refused):  # qiye.163 may become an IP address
                    told = find(rules.query(text), nowhere)
                    if provider not in {*(each.provider for each in told.offers), told.refusing}:
                        missing.append(text)
    assert missing == []


def nowhere(_name: str, _kind: Kind, _deadline: Deadline) -> Answer:
    return NOTHING


def test_what_looks_like_a_domain_is_the_beginning_of_a_name_only_if_it_is_none() -> None:
    """P1: one.com is a provider, and one.co somebody's domain."""
    there = Answer(exists=True, records=())
    assert find(rules.query("one.co"), lambda *_asked: there).offers == ()
    assert find(rules.query("ada@one.co"), nowhere).offers == ()


def test_the_name_of_a_server_of_the_table_leads_to_whose_it_is_that_server_first() -> None:
    """P1: whoever knows the server asks what it wants."""
    told = found("email-smtp.eu-west-1.amazonaws.com")
    assert told.offers[0].server == "email-smtp.eu-west-1.amazonaws.com"
    assert {each.provider for each in told.offers} == {BY_ID["amazon-ses"]}
    shared = found("smtp.gmail.com").offers
    assert {each.provider for each in shared} == {BY_ID["gmail"], BY_ID["google-workspace"]}


@pytest.mark.parametrize(
    ("server", "provider"),
    [("sv1234.xserver.jp", "xserver"), ("next-smtp.useplunk.com", "plunk")],
)
def test_a_server_with_the_customers_own_number_is_offered_as_it_is_typed(
    server: str, provider: str
) -> None:
    """P1: its blank is filled in already."""
    first, *_ = found(server).offers
    assert (first.server, first.ask, first.provider) == (server, (), BY_ID[provider])


def test_a_domain_is_no_server_of_one_who_has_the_customers_domain_in_its_name() -> None:
    """P1: mail.{domain} may be anybody's."""
    with pytest.raises(AssertionError, match="was asked for"):
        found("mail.example")


def test_the_server_that_is_meant_for_the_domain_comes_first() -> None:
    """P1: within an entry `match` first, then as the table has it."""
    offers = found("ada@zohomail.in").offers
    assert places(offers)[:3] == [
        ("smtp.zoho.in", 465),
        ("smtp.zoho.in", 587),
        ("smtp.zoho.com", 465),
    ]
    assert [each.region for each in offers][:3] == ["in", "in", "us"]


def test_blanks_of_a_server_are_asked_for() -> None:
    """P1: {domain} is filled, others stay."""
    (first, *_) = found("xserver").offers
    assert (first.server, first.ask) == ("sv{number}.xserver.jp", ("number",))
    (nameless, *_) = found("bluehost").offers
    assert (nameless.server, nameless.ask) == ("mail.{domain}", ("domain",))
    (dotted, *_) = found("onamae.com").offers
    assert (dotted.server, dotted.ask) == ("smtp.{domain}", ("domain",))


def test_for_whom_a_server_is_can_be_told_in_every_language() -> None:
    """P1: a label of the table is a text for translation."""
    labels = {server.label for each in providers() for server in each.mail_servers}
    assert labels - {""} == {*LABELS}
    assert any(each.label for each in found("proton").offers)


@pytest.mark.parametrize("text", ["ada@tuta.com", "hey"])
def test_a_provider_without_smtp_says_so_in_place_of_an_offer(text: str) -> None:
    """P1."""
    told = found(text)
    assert told.offers == ()
    assert told.refusing
    note = told.refusing.notes["en"]
    assert "SMTP" in note or "other mail programs" in note


def test_an_unknown_name_says_what_to_type() -> None:
    """P1."""
    told = found("zzzz")
    assert told.offers == ()
    assert told.reason
    assert told.reason.params == {"query": "zzzz"}


def test_an_offer_changes_the_fields_that_it_has_a_value_for() -> None:
    """P1: TLS starts by itself as the offer has it, where the port says so."""
    implicit, starttls = found("ada@gmail.com").offers
    assert implicit.changes == {
        "server": "smtp.gmail.com",
        "port": "465",
        "tls": "1",
        "tls_start": "auto",
        "username": "ada@gmail.com",
    }
    assert starttls.changes["tls_start"] == "auto"
    (odd,) = (each for each in found("plunk").offers if (each.port, each.security.value)[0] == 2465)
    assert odd.changes["tls_start"] == "implicit"
    assert "username" not in found("gmail").offers[0].changes
