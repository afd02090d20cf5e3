"""When a change asks for the secret again (SPEC F9)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from smtp_panel.settings.destination import Destination, asks_for_secret_again
from smtp_panel.settings.values import Values
from smtp_panel.smtp.endpoint import Auth, TLSStart, TLSVersion

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
    assert asks_for_secret_again(Destination.of(SAVED), Destination.of(draft)) == named


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
