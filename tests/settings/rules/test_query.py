"""What settings are looked for (SPEC P1)."""

from __future__ import annotations

import pytest
from hypothesis import given

from smtp_panel.finding.query import Query
from smtp_panel.settings.rules import query
from tests.settings.rules.refusals import accepts_or_refuses, mostly, refusal

READ = {
    "an address": ("ada@example.com", "example.com", "ada"),
    "capitals": ("Ada@EXAMPLE.com", "example.com", "Ada"),
    "a name and an address": ("Ada Lovelace <ada@example.com>", "example.com", "ada"),
    "a link": ("mailto:ada@example.com", "example.com", "ada"),
    "white space around": ("\u3000ada@example.com \n", "example.com", "ada"),
    "full-width letters": ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "example.com", "ada"),
    "an @ before a domain": ("@example.com", "example.com", ""),
    "a domain": ("example.com.", "example.com", ""),
    "another script": ("ada@例え.テスト", "xn--r8jz45g.xn--zckzah", "ada"),
    "an ideographic full stop": ("例え。テスト", "xn--r8jz45g.xn--zckzah", ""),
    "a single label": ("root@localhost", "localhost", "root"),
    "a name": ("Office 365", "", ""),
    "a name with a dot": ("St. Gallen Mail", "", ""),
}
REFUSED = {
    "nothing": "",
    "white space": " \t",
    "only an @": "@",
    "no domain": "ada@",
    "two dots": "ada@example..com",
    "two addresses": "ada@example.com, bob@example.com",
    "a hyphen at an end": "-.example",
    "too long a label": f"ada@{'a' * 64}.example",
    "too long a domain": f"ada@{'a.' * 127}example",
    "an address of a machine": "192.0.2.1",
    "a web address": "https://example.com/",
    "a control": "ada@exam\x00ple.com",
    "a line break": "fast\nmail",
    "far too much": "a" * 1001,
}


@pytest.mark.parametrize(("typed", "domain", "local"), READ.values(), ids=READ)
def test_what_is_typed_is_an_address_a_domain_or_a_name(
    typed: str, domain: str, local: str
) -> None:
    """P1."""
    read = query(typed)
    assert (read.domain, read.local) == (domain, local)
    assert read.address == (f"{local}@{domain}" if local else "")


@pytest.mark.parametrize("typed", REFUSED.values(), ids=REFUSED)
def test_what_can_be_none_of_these_is_refused(typed: str) -> None:
    """P1: with a sentence."""
    assert str(refusal(query, typed)).endswith(".")


@pytest.mark.parametrize(
    "typed", ["https://example.com/", "mail.example.com:587", "example.com/mail"]
)
def test_of_more_than_a_domain_it_says_what_to_leave_out(typed: str) -> None:
    """P1: not a character at a time."""
    assert "Type the domain alone" in str(refusal(query, typed))


@given(mostly("ada@.example-<>: "))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    """P1: and what is read can be asked of the DNS."""
    read = accepts_or_refuses(query, text)
    if isinstance(read, Query):
        assert read.domain.isascii()
        assert read.text
