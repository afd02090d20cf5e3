"""Client ID, Token endpoint and Scopes (SPEC F8, F13)."""

from __future__ import annotations

import string
from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings

from smtp_panel.settings.rules import client_id, client_secret_ends, scopes, token_endpoint
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, mostly, refusal

MICROSOFT = "https://login.microsoftonline.com/6d5c/oauth2/v2.0/token"

ENDPOINTS = {
    "as documented": (MICROSOFT, MICROSOFT),
    "white space around": (f" {MICROSOFT}\n", MICROSOFT),
    "port and query": (
        "https://id.example:8443/t?p=1&q=%20",
        "https://id.example:8443/t?p=1&q=%20",
    ),
    "capitals": ("HTTPS://ID.Example/Token", "https://id.example/Token"),
    "IDN": ("https://bücher.example/token", "https://xn--bcher-kva.example/token"),
    "host alone": ("https://id.example", "https://id.example"),
    "empty port": ("https://id.example:/t", "https://id.example/t"),
    "container": ("https://id_server/token", "https://id_server/token"),
    "IPv6": ("https://[2001:DB8::1]:444/t", "https://[2001:db8::1]:444/t"),
    "http on loopback": ("http://127.0.0.1:8080/token", "http://127.0.0.1:8080/token"),
    "http on IPv6 loopback": ("http://[::1]/token", "http://[::1]/token"),
    "http on localhost": ("http://localhost/token", "http://localhost/token"),
}
REFUSED_ENDPOINTS = {
    "empty": ("", "Enter the address", None),
    "no scheme": ("login.example.com/token", "https://", "https://login.example.com/token"),
    "port without scheme": ("id.example:8443/t", "https://", "https://id.example:8443/t"),
    "one slash": ("https:/id.example/t", "whole address", "https://id.example/t"),
    "http": ("http://id.example/t", "begin with https://", "https://id.example/t"),
    "http to a name like loopback": ("http://127.0.0.1.example/", "https", "https://127.0.0.1.example/"),
    "another scheme": ("ftp://id.example/t", "beginning with https://", None),
    "login": ("https://ada:pw@id.example/t", "before the “@”", "https://id.example/t"),
    "fragment": ("https://id.example/t#x", "“#”", "https://id.example/t"),
    "placeholder": ("https://login.example/{tenant}/token", "“{tenant}”", None),
    "other placeholder": ("https://login.example/<tenant-id>/token", "“<tenant-id>”", None),
    "white space": ("https://id.example/a b", "U+0020", "https://id.example/ab"),
    "line break": ("https://id.example/a\nb", "line break", "https://id.example/ab"),
    "not ASCII": ("https://id.example/é", "é", None),
    "backslash": ("https://id.example/a\\b", "\\", None),
    "no host": ("https:///token", "whole address", "https://token"),
    "no port": ("https://id.example:99999/t", "whole address", None),
    "port 0": ("https://id.example:0/t", "whole address", None),
    "no address": ("https://127.0.0.256/t", "not an IP address", None),
    "unclosed bracket": ("https://[::1/t", "whole address", None),
    "too long": ("https://id.example/" + "a" * 2000, "2000", None),
    "enormous": ("https://" * 200_000, "2000", None),
}  # fmt: skip
SCOPES = {
    "empty": ("", ""),
    "one": (" https://outlook.office365.com/.default ", "https://outlook.office365.com/.default"),
    "white space of any kind": ("mail.send\n\toffline\u3000x", "mail.send offline x"),
    "all characters": ("!#$%&'()*+,-./[]^_`{|}~", "!#$%&'()*+,-./[]^_`{|}~"),
}
REFUSED_SCOPES = {
    "quotation marks": ('"mail.send"', '"', "mail.send"),
    "backslash": ("a\\b", "\\", "ab"),
    "not ASCII": ("mail.send é", "é", "mail.send"),
    "zero-width space": ("mail\u200b.send", "ZERO WIDTH SPACE", "mail.send"),
    "too long": ("a" * 2001, "2000", None),
}


@pytest.mark.parametrize(("text", "tidy"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_a_token_endpoint_is_an_https_url(text: str, tidy: str) -> None:
    """F8: http for loopback alone."""
    assert token_endpoint(text) == tidy


@pytest.mark.parametrize(
    ("text", "named", "offered"), REFUSED_ENDPOINTS.values(), ids=REFUSED_ENDPOINTS
)
def test_a_token_endpoint_is_refused_with_what_it_should_be(
    text: str, named: str, offered: str | None
) -> None:
    """F8: the client secret travels to it."""
    refused = refusal(token_endpoint, text)
    assert named in str(refused)
    assert refused.suggestion == offered
    assert "pw" not in str(refused)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    ANY_TEXT | mostly("https://[]@#?:.%{}localhost1") | ANY_TEXT.map("https://id.example/".__add__)
)
def test_any_token_endpoint_is_refused_or_can_be_called(text: str) -> None:
    """F8"""
    tidy = accepts_or_refuses(token_endpoint, text)
    if tidy is not None:
        assert isinstance(tidy, str)
        assert token_endpoint(tidy) == tidy
        assert tidy.isascii()
        url = urlsplit(tidy)
        assert url.hostname
        assert "@" not in url.netloc
        assert url.scheme == "https" or url.hostname in {"localhost", "::1"} or "127" in tidy


@pytest.mark.parametrize(("text", "tidy"), SCOPES.values(), ids=SCOPES)
def test_scopes_are_separated_by_single_spaces(text: str, tidy: str) -> None:
    """F8: RFC 6749, section 3.3."""
    assert scopes(text) == tidy


@pytest.mark.parametrize(("text", "named", "offered"), REFUSED_SCOPES.values(), ids=REFUSED_SCOPES)
def test_it_refuses_what_no_scope_holds(text: str, named: str, offered: str | None) -> None:
    """F8"""
    refused = refusal(scopes, text)
    assert named in str(refused)
    assert refused.suggestion == offered


@settings(derandomize=True, deadline=None, max_examples=300)
@given(ANY_TEXT | mostly(string.ascii_letters + ' "\\:/.'))
def test_any_scopes_are_refused_or_can_be_asked_for(text: str) -> None:
    """F8"""
    tidy = accepts_or_refuses(scopes, text)
    if tidy is not None:
        assert isinstance(tidy, str)
        assert scopes(tidy) == tidy
        assert all("!" <= c <= "~" and c not in '"\\' for part in tidy.split(" ") for c in part)


def test_a_client_id_is_visible_ascii_without_white_space_around_it() -> None:
    """F8, F13: RFC 6749, appendix A."""
    assert client_id(" 1a2b-3c4d.apps.example \u200b") == "1a2b-3c4d.apps.example"
    assert client_id("with space") == "with space"
    assert "client ID" in str(refusal(client_id, " "))
    assert refusal(client_id, "1a\u200b2b").suggestion == "1a2b"
    assert "é" in str(refusal(client_id, "é"))
    assert "255" in str(refusal(client_id, "a" * 256))


@settings(derandomize=True, deadline=None)
@given(ANY_TEXT)
def test_any_client_id_is_refused_or_can_be_sent(text: str) -> None:
    """F8"""
    tidy = accepts_or_refuses(client_id, text)
    if tidy is not None:
        assert isinstance(tidy, str)
        assert client_id(tidy) == tidy
        assert tidy.isascii()
        assert tidy.isprintable()


@pytest.mark.parametrize("text", ["2027-01-31", " 2028-02-29\n", "", "\u200b"])
def test_the_end_of_the_client_secret_is_a_day_or_nothing(text: str) -> None:
    """W6: RFC 3339, full-date."""
    assert client_secret_ends(text) == text.strip(" \n\u200b")


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("2027/1/31", "2027-01-31"),
        ("2027年1月31日", "2027-01-31"),
        ("\uff12\uff10\uff12\uff17-01-31", "2027-01-31"),
        ("20270131", None),
        ("2027-02-29", None),
        ("31.01.2027", None),
        ("01/02/2027", None),
        ("soon", None),
        ("9" * 9999, None),
    ],
)
def test_what_is_no_day_is_refused_with_the_day_that_was_meant(
    text: str, offered: str | None
) -> None:
    """W6: where it can be told which number is the month."""
    assert refusal(client_secret_ends, text).suggestion == offered


@settings(derandomize=True, deadline=None, max_examples=200)
@given(ANY_TEXT | mostly("0123456789-/"))
def test_any_end_of_the_client_secret_is_refused_or_is_a_day(text: str) -> None:
    """W6"""
    tidy = accepts_or_refuses(client_secret_ends, text)
    if tidy:
        assert isinstance(tidy, str)
        assert date.fromisoformat(tidy).isoformat() == tidy
