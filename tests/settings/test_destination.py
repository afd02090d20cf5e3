"""When a change asks for the secret again (SPEC F9)."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings.destination import Destination, asks_for_secret_again
from smtp_panel.settings.fields import CLIENT_SECRET, PASSWORD, SECRETS
from smtp_panel.settings.values import Values
from smtp_panel.smtp.endpoint import Auth, TLSStart

SAVED = Values(server="smtp.example.com", sender="a@b.example", username="ada", port=587)

CHANGES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "nothing": ({}, ()),
    "server": ({"server": "evil.example"}, ("server",)),
    "port": ({"port": 465}, ("port",)),
    "user name": ({"username": "bob"}, ("username",)),
    "server and port": ({"server": "evil.example", "port": 25}, ("server", "port")),
    "TLS off": ({"tls": False}, ("tls",)),
    "TLS off and a higher version": (
        {"tls": False, "tls_version": TLSVersion.V1_3},
        ("tls",),
    ),
    "From": ({"sender": "c@d.example"}, ()),
    "implicit TLS": ({"tls_start": TLSStart.IMPLICIT}, ()),
    "STARTTLS": ({"tls_start": TLSStart.STARTTLS}, ()),
    "PLAIN": ({"auth": Auth.PLAIN}, ()),
    "LOGIN": ({"auth": Auth.LOGIN}, ()),
    "token endpoint": ({"token_endpoint": "https://evil.example/t"}, ("token_endpoint",)),
    "client ID": ({"client_id": "evil"}, ("client_id",)),
    "scopes": ({"scopes": "more"}, ()),
    "another authority": ({"ca_pem": "A"}, ("ca_pem",)),
    "another pin": ({"pinned": "B"}, ("pinned",)),
    "both": ({"ca_pem": "A", "pinned": "B"}, ("pinned",)),
    "another authority and TLS off": ({"ca_pem": "A", "tls": False}, ("tls",)),
    "EHLO name, addresses and time": (
        {
            "ehlo_name": "x.example",
            "envelope_sender": "c@d.example",
            "reply_to": "e@f.example",
            "time_limit": 1,
        },
        (),
    ),
}
# What is trusted before and after, and the field that asks; the pin counts before authorities.
TRUST: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "same authority": ({"ca_pem": "A"}, {"ca_pem": "A"}, ()),
    "back to the system's": ({"ca_pem": "A"}, {}, ("ca_pem",)),
    "pin removed": ({"pinned": "A"}, {}, ("pinned",)),
    "pin removed and TLS off": ({"pinned": "A"}, {"tls": False}, ("tls",)),
    "pin removed, an authority below it": (
        {"pinned": "A", "ca_pem": "B"},
        {"ca_pem": "B"},
        ("ca_pem",),
    ),
    "an authority below a pin": ({"pinned": "A"}, {"pinned": "A", "ca_pem": "B"}, ()),
    "another authority": ({"ca_pem": "A"}, {"ca_pem": "B"}, ("ca_pem",)),
    "another pin": ({"pinned": "A"}, {"pinned": "B"}, ("pinned",)),
    "the same text pinned": ({"ca_pem": "A"}, {"pinned": "A"}, ("pinned",)),
    "any, after TLS was off": ({"tls": False}, {"ca_pem": "A"}, ()),
}

# From the least protection to the most; those in one row protect alike.
RANKS = [
    [(False, version) for version in TLSVersion],
    [(True, TLSVersion.AUTO), (True, TLSVersion.V1_0)],
    [(True, TLSVersion.V1_1)],
    [(True, TLSVersion.V1_2)],
    [(True, TLSVersion.V1_3)],
]
CHOICES = [(rank, *choice) for rank, choices in enumerate(RANKS) for choice in choices]


@pytest.mark.parametrize(("change", "named"), CHANGES.values(), ids=CHANGES)
def test_it_asks_again_when_the_secret_would_go_elsewhere_or_less_protected(
    change: dict[str, Any], named: tuple[str, ...]
) -> None:
    """F9"""
    draft = replace(SAVED, **change)
    assert changes(SAVED, draft, CLIENT_SECRET) == named


def test_a_password_has_nothing_to_do_with_the_token_endpoint() -> None:
    """F9: it does not travel there."""
    draft = replace(SAVED, token_endpoint="https://evil.example/t", client_id="evil")
    assert changes(SAVED, draft, PASSWORD) == ()


@pytest.mark.parametrize(("before", "after", "named"), TRUST.values(), ids=TRUST)
def test_it_asks_again_when_someone_else_is_trusted(
    before: dict[str, Any], after: dict[str, Any], named: tuple[str, ...]
) -> None:
    """F9: for each secret, and back to the system's store as well."""
    saved, draft = replace(SAVED, **before), replace(SAVED, **after)
    for secret in SECRETS:
        assert changes(saved, draft, secret) == named


def changes(saved: Values, draft: Values, secret: str) -> tuple[str, ...]:
    """The fields that ask for `secret` again."""
    return asks_for_secret_again(Destination.of(saved, secret), Destination.of(draft, secret))


def test_less_protection_asks_again_and_more_does_not() -> None:
    """F9: automatic counts as the lowest version."""
    for (rank, tls, version), (new_rank, new_tls, new_version) in product(CHOICES, CHOICES):
        saved = Destination.of(replace(SAVED, tls=tls, tls_version=version))
        draft = Destination.of(replace(SAVED, tls=new_tls, tls_version=new_version))
        lowered = ("tls_version",) if new_tls else ("tls",)
        assert asks_for_secret_again(saved, draft) == (lowered if new_rank < rank else ())


def test_it_is_the_same_after_it_was_stored() -> None:
    """F9"""
    destination = Destination.of(replace(SAVED, username="ü\n\0\U0001f510"))
    assert Destination.from_text(destination.to_text()) == destination
    assert destination.to_text().isascii()
    full = replace(SAVED, token_endpoint="https://id.example/t", client_id="panel", pinned="A")
    destination = Destination.of(full, CLIENT_SECRET)
    assert Destination.from_text(destination.to_text()) == destination


def test_what_a_newer_version_has_written_is_compared_as_far_as_it_is_known() -> None:
    """A8, F9"""
    destination = Destination.of(SAVED)
    text = json.dumps(json.loads(destination.to_text()) | {"dane": True})
    assert Destination.from_text(text) == destination


def test_a_text_from_before_there_was_oauth_is_the_same() -> None:
    """F9, V6: it is part of what the password was encrypted for."""
    text = '{"port": 587, "protection": 3, "server": "smtp.example.com", "username": "ada"}'
    assert Destination.of(SAVED).to_text() == text
    assert Destination.from_text(text) == Destination.of(SAVED)
