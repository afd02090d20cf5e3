"""EHLO name, Envelope sender, Reply-To and Time limit (SPEC F12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from smtp_panel.settings.rules import ehlo_name, envelope_sender, reply_to, time_limit
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, mostly, refusal

TIDY: dict[str, tuple[Callable[[str], object], str, object]] = {
    "no EHLO name": (ehlo_name, " ", ""),
    "host name": (ehlo_name, " Mail.Example.com. ", "mail.example.com"),
    "IDN": (ehlo_name, "bücher.example", "xn--bcher-kva.example"),
    "single label": (ehlo_name, "localhost", "localhost"),
    "IPv4 literal": (ehlo_name, "[192.0.2.7]", "[192.0.2.7]"),
    "IPv6 literal": (ehlo_name, "[ipv6:2001:DB8::7]", "[IPv6:2001:db8::7]"),
    "no envelope sender": (envelope_sender, "\t", ""),
    "envelope sender": (envelope_sender, " bounce@Example.com", "bounce@example.com"),
    "no Reply-To": (reply_to, "", ""),
    "Reply-To": (reply_to, "help@example.com", "help@example.com"),
    "Reply-To with a name": (reply_to, "Help<help@example.com>", "Help <help@example.com>"),
    "no time limit": (time_limit, "\n", None),
    "shortest": (time_limit, " 1 ", 1),
    "longest": (time_limit, "120", 120),
}
REFUSED: dict[str, tuple[Callable[[str], object], str, str, str | None]] = {
    "bare IPv4": (ehlo_name, "192.0.2.7", "square brackets", "[192.0.2.7]"),
    "bare IPv6": (ehlo_name, "2001:db8::7", "“:”", "[IPv6:2001:db8::7]"),
    "IPv6 without its tag": (ehlo_name, "[2001:db8::7]", "IPv6:", "[IPv6:2001:db8::7]"),
    "IPv6 zone": (ehlo_name, "[IPv6:fe80::1%eth0]", "not a host name", "[IPv6:fe80::1]"),
    "no address": (ehlo_name, "[192.0.2.256]", "not a host name", None),
    "unclosed bracket": (ehlo_name, "[192.0.2.7", "not a host name", "[192.0.2.7]"),
    "underscore": (ehlo_name, "my_host", "“_”", None),
    "injection": (ehlo_name, "a.example\r\nRSET", "line break", "a.examplerset"),
    "white space": (ehlo_name, "a. example", "U+0020", "a.example"),
    "enormous name": (ehlo_name, "a." * 100_000, "1000", None),
    "envelope sender with a name": (
        envelope_sender, "Ada <ada@example.com>", "without a name", "ada@example.com",
    ),
    "wrong name as well": (
        envelope_sender, "O'Brien <ada@example.com>", "Remove", "ada@example.com",
    ),
    "null sender": (envelope_sender, "<>", "no name", None),
    "no mail address": (envelope_sender, "nobody", "no mail address", None),
    "Reply-To with a mark": (reply_to, "Jean-Luc <j@b.example>", "“-”", "JeanLuc <j@b.example>"),
    "Reply-To with a line break": (
        reply_to, "a@b.example\r\nBcc: c@d.example", "line break", "a@b.example",
    ),
    "0": (time_limit, "0", "from 1 to 120", None),
    "too long": (time_limit, "300", "from 1 to 120", "120"),
    "zero in front": (time_limit, "030", "whole number", "30"),
    "unit": (time_limit, "20 s", "whole number", "20"),
    "fraction": (time_limit, "20.5", "whole number", "20"),
    "other digits": (time_limit, "\uff12\uff10", "whole number", "20"),
    "negative": (time_limit, "-5", "whole number", None),
    "huge": (time_limit, "9" * 999, "whole number", "120"),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "tidy"), TIDY.values(), ids=TIDY)
def test_it_takes_what_the_field_is_for_and_nothing(
    rule: Callable[[str], object], text: str, tidy: object
) -> None:
    """F12: all of them may be empty."""
    assert rule(text) == tidy


@pytest.mark.parametrize(("rule", "text", "named", "offered"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_what_can_not_be_used(
    rule: Callable[[str], object], text: str, named: str, offered: str | None
) -> None:
    """F12"""
    refused = refusal(rule, text)
    assert named in str(refused)
    assert refused.suggestion == offered


@pytest.mark.parametrize("rule", [ehlo_name, envelope_sender, reply_to, time_limit])
@settings(derandomize=True, deadline=None, max_examples=300)
@given(ANY_TEXT | mostly("[]:.@<> 0123456789ab-IPv6"))
def test_any_text_is_refused_or_can_be_used(rule: Callable[[str], object], text: str) -> None:
    """F12: whatever is accepted is a line of ASCII in the conversation."""
    tidy = accepts_or_refuses(rule, text)
    if tidy:
        assert rule(str(tidy)) == tidy
        assert str(tidy).isprintable()
        assert rule is reply_to or str(tidy).isascii()
