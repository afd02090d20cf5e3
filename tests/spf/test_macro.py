"""Macros: the examples of RFC 7208, 7.4, and what its grammar leaves out."""

from __future__ import annotations

import pytest

from smtp_panel.net.dns import NOTHING
from smtp_panel.spf.client import Client
from smtp_panel.spf.macro import Unreadable, domain_spec
from smtp_panel.spf.values import MacroValues

SENDER = "strong-bad@email.example.com"
IP, IP6 = "192.0.2.3", "2001:db8::cb01"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%{d00002}.%{d123456}", "example.com.email.example.com"),
        ("%{p}", "unknown"),
    ],
)
def test_the_examples_of_the_standard_expand_as_it_says(text: str, name: str) -> None:
    """RFC 7208, 7.4; leading zeros and any number of parts are in its grammar."""
    values = MacroValues(Client.of(IP, "mail.example.com", SENDER), lambda *_: NOTHING)

    assert values.target(domain_spec(text), "email.example.com") == name


def test_an_ipv6_address_is_put_in_its_digits() -> None:
    """RFC 7208, 7.4."""
    values = MacroValues(Client.of(IP6, "mail.example.com", SENDER), lambda *_: NOTHING)
    digits = "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2"

    name = values.target(domain_spec("%{ir}.%{v}._spf.%{d2}"), "email.example.com")

    assert name == f"{digits}.ip6._spf.example.com"


@pytest.mark.parametrize(
    "text",
    [
        *("", "%", "%{", "%{d", "%{}", "%{dd}", "%{d0}", "%{d00r}", "%{d2rr}", "%{dr2}", "%{d!}"),
        *("%{c}", "%{R}", "a.%{t}.com", "%a", "a.%(d).com", "a.b%%_", "a.12", "a.-b", "a.b-", "a."),
    ],
)
def test_what_the_grammar_leaves_out_is_refused(text: str) -> None:
    """RFC 7208, 7.1: c, r and t stand in explanations alone."""
    with pytest.raises(Unreadable):
        domain_spec(text)
