"""From (SPEC F2, F13)."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.mail.message import AutomaticMessage
from smtp_panel.settings.rules import sender, sender_address, sender_name
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, mostly, refusal

LONGEST_DOMAIN = ".".join(["d" * 61] * 3) + ".de"  # 188 characters, 253 with 64 before the "@"

ACCEPTED = {
    "address": ("no-reply@example.com", "no-reply@example.com"),
    "name and address": ("Example <a@b.example>", "Example <a@b.example>"),
    "several words and digits": ("Route 66 Mail <a@b.example>", "Route 66 Mail <a@b.example>"),
    "white space around": (" \u00a0a@b.example\r\n", "a@b.example"),
    "byte order mark": ("\ufeffExample <a@b.example>", "Example <a@b.example>"),
    "no space before the bracket": ("Example<a@b.example>", "Example <a@b.example>"),
    "Japanese": ("お知らせ <a@b.example>", "お知らせ <a@b.example>"),
    "long vowel and iteration marks": (
        "サーバー 佐々木 <a@b.example>",
        "サーバー 佐々木 <a@b.example>",
    ),
    "Arabic digits": ("خدمة ١٢ <a@b.example>", "خدمة ١٢ <a@b.example>"),
    "Devanagari with marks": ("सूचना <a@b.example>", "सूचना <a@b.example>"),
    "decomposed letters": ("Cafe\u0301 <a@b.example>", "Café <a@b.example>"),
    "decomposed kana": ("か\u3099 <a@b.example>", "が <a@b.example>"),
    "plain special characters": ("a.b-c_d+e@b.example", "a.b-c_d+e@b.example"),
    "capitals": ("No-Reply@Example.COM", "No-Reply@example.com"),
    "IDN": ("a@bücher.example", "a@xn--bcher-kva.example"),
    "IDN after a name": ("例 <a@例え.テスト>", "例 <a@xn--r8jz45g.xn--zckzah>"),
    "full-width domain": ("a@ｂ．example", "a@b.example"),
    "single label": ("root@localhost", "root@localhost"),
    "special use: test": ("a@mail.test", "a@mail.test"),
    "special use: local": ("a@printer.local", "a@printer.local"),
    "special use: invalid": ("a@b.invalid", "a@b.invalid"),
    "special use: arpa": ("a@home.arpa", "a@home.arpa"),
    "special use: onion": ("a@b.onion", "a@b.onion"),
    "local part of 64": ("a" * 64 + "@b.example", "a" * 64 + "@b.example"),
    "address of 254": (f"{'a' * 64}@d{LONGEST_DOMAIN}", f"{'a' * 64}@d{LONGEST_DOMAIN}"),
    "name of 200": ("é" * 200 + " <a@b.example>", "é" * 200 + " <a@b.example>"),
}

REFUSED: dict[str, tuple[str, str, str | None]] = {
    "nothing": ("", "no-reply@example.com", None),
    "apostrophe": ("O'Brien <a@b.example>", "“'”", "OBrien <a@b.example>"),
    "hyphen": ("Jean-Luc <a@b.example>", "“-”", "JeanLuc <a@b.example>"),
    "comma and dot": ("Acme, Inc. <a@b.example>", "“, .”", "Acme Inc <a@b.example>"),
    "quotes": ('"Acme" <a@b.example>', '“"”', "Acme <a@b.example>"),
    "ampersand": ("A & B <a@b.example>", "“&”", "A B <a@b.example>"),
    "middle dot": (
        "カスタマー・サポート <a@b.example>",
        "“・”",
        "カスタマーサポート <a@b.example>",
    ),
    "emoji": ("Acme 📧 <a@b.example>", "“📧”", "Acme <a@b.example>"),
    "trade mark": ("Acme™ <a@b.example>", "“™”", "Acme <a@b.example>"),
    "encoded word": ("=?utf-8?q?x?= <a@b.example>", "“= ? -”", "utf8qx <a@b.example>"),
    "address for a name": ("a@b.example <a@b.example>", "“@ .”", "a@b.example"),
    "two spaces": ("A  B <a@b.example>", "two spaces", "A B <a@b.example>"),
    "two spaces before the bracket": ("A  <a@b.example>", "two spaces", "A <a@b.example>"),
    "ideographic space": ("例　社 <a@b.example>", "IDEOGRAPHIC SPACE", "例 社 <a@b.example>"),
    "no-break space": ("A\u00a0B <a@b.example>", "NO-BREAK SPACE", "A B <a@b.example>"),
    "no name": ("<a@b.example>", "no name", "a@b.example"),
    "a space for a name": (" \u200b <a@b.example>", "no name", "a@b.example"),
    "a mark for a name": ("\u0301 <a@b.example>", "no letter", None),
    "name without an address": ("お知らせ", "no mail address", None),
    "name without brackets": ("Example a@b.example", "“<”", "Example <a@b.example>"),
    "spaces in the brackets": ("A < a@b.example >", "no spaces", "A <a@b.example>"),
    "bracket not closed": ("A <a@b.example", "“>”", "A <a@b.example>"),
    "text after the bracket": ("A <a@b.example> B", "at the end", "A <a@b.example>"),
    "brackets twice": ("A <<a@b.example>>", "once", "A <a@b.example>"),
    "full-width brackets": ("例 ＜a＠b.example＞", "no mail address", "例 <a@b.example>"),
    "mailto": ("mailto:a@b.example", "“:”", "a@b.example"),
    "two addresses": ("a@b.example, c@d.example", "one address", "a@b.example"),
    "two at signs": ("a@b@c.example", "one “@”", None),
    "nothing before the at sign": ("@b.example", "before", None),
    "nothing after the at sign": ("a@", "after", None),
    "quoted local part": ('"a b"@b.example', "no spaces", None),
    "quotes without need": ('"a"@b.example', '“"”', None),
    "apostrophe in the local part": ("o'brien@b.example", "“'”", None),
    "non-ASCII local part": ("jürgen@b.example", "“ü”", None),
    "two dots": ("a..b@c.example", "dot", None),
    "local part of 65": ("a" * 65 + "@b.example", "64", None),
    "address of 255": (f"{'a' * 64}@dd{LONGEST_DOMAIN}", "address is too long: at most 254", None),
    "address literal": ("a@[192.0.2.1]", "square brackets", None),
    "address as a domain": ("a@192.0.2.1", "“192.0.2.1”", None),
    "underscore in the domain": ("a@b_c.example", "“_”", None),
    "hyphen at an end of the domain": ("a@-b.example", "“-b”", None),
    "trailing dot": ("a@b.example.", "dot", "a@b.example"),
    "reserved label": ("a@ab--cd.example", "“ab--cd.example”", None),
    "broken IDN": ("a@xn--a.example", "“xn--a.example”", None),
    "header injection": ("a@b.example\r\nBcc: x@b.example", "line break", "a@b.example"),
    "header injection in the name": (
        "A\nBcc: x <a@b.example>",
        "line break",
        "A Bcc x <a@b.example>",
    ),
    "NUL": ("A\0B <a@b.example>", "U+0000", "AB <a@b.example>"),
    "bidi override": ("A\u202eB <a@b.example>", "U+202E", "AB <a@b.example>"),
    "lone surrogate": ("A\udcff <a@b.example>", "U+DCFF", "A <a@b.example>"),
    "name of 201": ("é" * 201 + " <a@b.example>", "The name is too long: at most 200", None),
    "enormous": ("a" * 1_000_000 + "@b.example", "1000", None),
}


@pytest.mark.parametrize(("text", "tidy"), ACCEPTED.values(), ids=ACCEPTED)
def test_it_accepts_and_tidies_a_name_and_an_address(text: str, tidy: str) -> None:
    """F2, F13"""
    assert sender(text) == tidy


@pytest.mark.parametrize(("text", "named", "offered"), REFUSED.values(), ids=REFUSED)
def test_it_names_what_is_not_supported_and_offers_the_rest(
    text: str, named: str, offered: str | None
) -> None:
    """F2"""
    refused = refusal(sender, text)
    assert named in str(refused)
    assert refused.suggestion == offered


def test_it_tells_name_and_address_apart() -> None:
    """F2"""
    assert sender_name("Ada Lovelace <ada@b.example>") == "Ada Lovelace"
    assert sender_address("Ada Lovelace <ada@b.example>") == "ada@b.example"
    assert sender_name("ada@b.example") == ""
    assert sender_address("ada@b.example") == "ada@b.example"


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    st.one_of(
        ANY_TEXT,
        mostly("aB1@.-_+<> \"',例"),
        st.builds("{} <{}@{}>".format, ANY_TEXT, mostly("aB1.-_+"), mostly("ab1.-ü")),
        st.builds("{} <a@b.example>".format, ANY_TEXT),
    )
)
def test_any_text_is_refused_or_can_be_sent(text: str) -> None:
    """F2, M8: nothing but Refused is raised; what is accepted survives a header and its parsing."""
    tidy = accepts_or_refuses(sender, text)
    if tidy is not None:
        assert isinstance(tidy, str)
        assert sender(tidy) == tidy
        assert parsed_from(sent_from(tidy)) == tidy


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(categories=["L", "M", "Nd", "Zs"]), min_size=20, max_size=200))
def test_a_long_name_of_any_script_can_be_sent(text: str) -> None:
    """F2: a header of several lines still holds the same name."""
    tidy = sender(f"{' '.join(('a' + text).split())[:200].strip()} <a@b.example>")
    assert parsed_from(sent_from(tidy)) == tidy


def sent_from(tidy: str) -> bytes:
    """The octets of a message From `tidy`, as the panel writes them."""
    return AutomaticMessage(
        sender=tidy,
        recipient="ada@example.com",
        subject="Hello",
        text="Hello",
        html="<p>Hello</p>",
    ).as_bytes()


def parsed_from(octets: bytes) -> str:
    """The From of a message that holds no header beyond those that were put in.

    Decoded by the older of the library's parsers: the newer one puts a space between two encoded
    words in a row, which RFC 2047, section 6.2, says not to.
    """
    message = message_from_bytes(octets, policy=compat32)
    assert set(message) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "MIME-Version",
    }
    return str(make_header(decode_header(message["From"])))
