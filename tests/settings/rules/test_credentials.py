"""User name and Password (SPEC F3, F4, F13)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from smtp_panel.settings.rules import Refused, odd_blank, secret, secret_notice, username
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, refusal

USER_NAMES = {
    "empty, for a server without authentication": ("", ""),
    "mail address": ("no-reply@example.com", "no-reply@example.com"),
    "domain user": ("EXAMPLE\\ada", "EXAMPLE\\ada"),
    "any script": ("利用者", "利用者"),
    "white space around": ("\u00a0 apikey\t\ufeff", "apikey"),
    "white space inside": ("Ada Lovelace", "Ada Lovelace"),
    "the longest": ("a" * 255, "a" * 255),
}

REFUSED_USER_NAMES = {
    "line break": ("ada\r\nx", "line break", "adax"),
    "NUL": ("a\0da", "U+0000", "ada"),
    "zero-width space": ("a\u200bda", "ZERO WIDTH SPACE", "ada"),
    "lone surrogate": ("ada\udc80", "U+DC80", "ada"),
    "too long": ("a" * 256, "255", None),
    "enormous": ("a" * 1_000_000, "255", None),
}


@pytest.mark.parametrize(("text", "tidy"), USER_NAMES.values(), ids=USER_NAMES)
def test_it_takes_the_user_name_that_the_server_asks_for(text: str, tidy: str) -> None:
    """F3, F13"""
    assert username(text) == tidy


@pytest.mark.parametrize(
    ("text", "named", "offered"), REFUSED_USER_NAMES.values(), ids=REFUSED_USER_NAMES
)
def test_it_refuses_a_user_name_that_can_not_be_sent(
    text: str, named: str, offered: str | None
) -> None:
    """F3"""
    refused = refusal(username, text)
    assert named in str(refused)
    assert refused.suggestion == offered


@settings(derandomize=True, deadline=None, max_examples=300)
@given(ANY_TEXT)
def test_any_user_name_is_refused_or_can_be_sent(text: str) -> None:
    """F3: what is accepted is text that PLAIN can carry."""
    tidy = accepts_or_refuses(username, text)
    if tidy is not None:
        assert isinstance(tidy, str)
        assert username(tidy) == tidy
        assert b"\0" not in tidy.encode()


@pytest.mark.parametrize("text", ["x", " x ", "\tx\n", "pässwörd", "密码", "x" * 4096])
def test_it_keeps_the_password_as_typed(text: str) -> None:
    """F13"""
    assert secret(text).reveal() == text


@pytest.mark.parametrize("text", ["hunter\0two", "hunter\ud800", "hunter" * 1000])
def test_it_refuses_a_password_that_can_not_be_sent_and_says_nothing_of_it(text: str) -> None:
    """F4"""
    refused = refusal(secret, text)
    assert "hunter" not in str(refused) + repr(refused.__dict__)
    assert refused.suggestion is None
    assert refused.__cause__ is None
    assert refused.__context__ is None


@settings(derandomize=True, deadline=None)
@given(ANY_TEXT)
def test_any_password_is_refused_or_can_be_sent(text: str) -> None:
    """F4"""
    accepts_or_refuses(secret, text)


@pytest.mark.parametrize("text", [" x", "x ", "\u3000x", "x\ufeff", "x\n", " "])
def test_it_points_out_white_space_around_a_password(text: str) -> None:
    """F13"""
    assert secret_notice(text)


@pytest.mark.parametrize(("text", "blank"), [("a\u00a0b", "U+00A0 NO-BREAK SPACE"), ("a b", None)])
def test_it_points_out_a_blank_that_no_keyboard_types(text: str, blank: str | None) -> None:
    """F13: it came along from a web page, and looks like any other."""
    assert odd_blank(text) == blank
    assert odd_blank(f"\u00a0{text} ") == blank


def test_a_user_name_with_a_blank_that_no_keyboard_types_is_refused() -> None:
    """F13: the same name with an ordinary one is offered."""
    with pytest.raises(Refused, match="U\\+00A0 NO-BREAK SPACE") as caught:
        username("ada\u00a0b")
    assert caught.value.suggestion == "ada b"


@pytest.mark.parametrize("text", ["", "x", "a b"])
def test_it_points_out_nothing_else_of_a_password(text: str) -> None:
    """F13"""
    assert not secret_notice(text)
