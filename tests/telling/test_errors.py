"""Why a step failed, in the reader's language (SPEC T6)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

import smtp_panel
from smtp_panel.net.guard import ALWAYS, PRIVATE
from smtp_panel.telling.errors import OURS, error_in_words

ROOM = Path(smtp_panel.__file__).parent
# What makes the error of a step.
MADE_BY = {"Fault", "NetworkFault", "TimeoutError", "BadURL", "oauth_fault"}
OF_A_LIBRARY = "Name or service not known"


def made(room: str) -> Iterator[ast.expr]:
    """The words of every error that the modules of `room` make."""
    for path in (ROOM / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in MADE_BY:
                yield from (*node.args, *(each.value for each in node.keywords))


def literals() -> Iterator[str]:
    """Those that are written out, with a word where a value is filled in."""
    for node in (*made("net"), *made("smtp")):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.Constant) else "x" for each in node.values]
            yield "".join(map(str, parts))


@pytest.mark.parametrize("words", sorted({*literals(), *ALWAYS, *PRIVATE}))
def test_what_the_panel_says_of_a_failure_is_in_the_readers_language(
    app: Flask, words: str
) -> None:
    """T6: none of our own errors is left in English."""
    with app.test_request_context(), force_locale("ja"):
        assert not error_in_words(words).isascii()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("connection closed by the server", "サーバーが接続を閉じました"),
        ("mechanisms offered: none", "サーバーが提供する認証方式: なし"),
        (
            "address fe80::1 is blocked: link-local",
            "アドレス fe80::1 への接続は禁止されています: リンクローカル",
        ),
        (
            "status 503, to be asked again in 30 s",
            "ステータス 503（30 秒後に再試行）",
        ),
    ],
)
def test_what_is_filled_in_stays_and_ours_in_it_is_translated(
    app: Flask, error: str, told: str
) -> None:
    """T6: as the conversation, the guard and the token endpoint's answer make them."""
    with app.test_request_context(), force_locale("ja"):
        assert error_in_words(error) == told


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_a_server_said_stays_as_it_was(app: Flask, language: str) -> None:
    """T6: whatever it says, and be it in our words."""
    with app.test_request_context(), force_locale(language):
        for words in ("535 timed out", "503 STARTTLS not offered", "550 x (_ssl.c:1)", "451 none"):
            assert error_in_words(words) == words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_library_is_quoted_without_what_only_a_programmer_reads(
    app: Flask, language: str
) -> None:
    """T6: neither a number of an error nor a line of its source."""
    with app.test_request_context(), force_locale(language):
        assert error_in_words(f"[Errno -2] {OF_A_LIBRARY}") == OF_A_LIBRARY
        assert error_in_words("[SSL] self-signed (_ssl.c:1006)") == "[SSL] self-signed"


def test_in_english_ours_are_told_as_they_are_made(app: Flask) -> None:
    """T6: so page, API and report have the same words."""
    with app.test_request_context(), force_locale("en"):
        for template in OURS:
            words = template.replace("%(", "").replace(")s", "")
            assert error_in_words(words) == words
