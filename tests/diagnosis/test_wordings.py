"""The words by which refusals are recognised, and the index that finds them fast (SPEC D1)."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.diagnosis.search import Index, split
from smtp_panel.diagnosis.wordings import fold, fold_pattern, readings, wordings

MEANINGS: dict[str, dict[str, str]] = tomllib.loads(
    files("smtp_panel.diagnosis").joinpath("wordings.toml").read_text(encoding="utf-8")
)
PATTERNS = [pattern for languages in MEANINGS.values() for pattern in languages.values()]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_wording_is_a_regular_expression_and_each_alternative_too(pattern: str) -> None:
    """D1: a mistake shows here, not in a diagnosis."""
    re.compile(pattern)
    for alternative in split(fold_pattern(pattern)):
        assert alternative, "an empty alternative would be found in every text"
        re.compile(alternative)


words = st.lists(
    st.sampled_from(["too many", "login", "attempts", "spam", "認証", "失敗", "quota", "x", "550"]),
    max_size=6,
).map(" ".join)


@settings(deadline=None)  # the first one reads the catalogue
@given(words | st.text(max_size=40).map(fold))
def test_the_index_finds_what_a_plain_search_finds(text: str) -> None:
    """What rules an alternative out quickly never hides a match."""
    found = wordings().find(text)
    for name, languages in MEANINGS.items():
        pattern = fold_pattern("|".join(languages.values()))
        assert (name in found) is (re.search(pattern, text, re.DOTALL) is not None)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Échec de l'Authentification", "echec de l'authentification"),
        ("ＡＵＴＨ　ｆａｉｌｅｄ", "auth failed"),
        ("zu GROSS oder zu groß", "zu gross oder zu gross"),
    ],
)
def test_case_accents_and_width_do_not_matter(text: str, folded: str) -> None:
    """Servers write as they like."""
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("words", "charset"),
    [
        ("请使用授权码登录", "gb18030"),
        ("認証に失敗しました", "euc_jp"),
        ("Неверный пароль", "koi8_r"),
    ],
)
def test_other_character_sets_are_read_as_well(words: str, charset: str) -> None:
    """A reply that is neither ASCII nor UTF-8 comes as Latin-1."""
    assert words in readings(words.encode(charset).decode("latin-1"))
    assert readings("plain") == "plain"
    assert readings(words) == words


@pytest.mark.parametrize("pattern", ["(", "a(b", "[", "(a|b"])
def test_what_is_not_closed_is_refused(pattern: str) -> None:
    """A pattern that would do something else than it says is no pattern."""
    with pytest.raises(re.error):
        Index().add("x", pattern)
