"""What a rule refuses, for the tables of the tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from smtp_panel.settings.rules import Refused

# Whatever a text can hold: also control characters, bidi marks and lone surrogates.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


def mostly(characters: str) -> st.SearchStrategy[str]:
    """Texts made mostly of `characters`, which come closer to what a rule accepts."""
    return st.text(st.one_of(st.sampled_from(characters), st.characters(exclude_categories=())))


def refusal(rule: Callable[[str], object], text: str) -> Refused:
    """The Refused that `rule` raises for `text`."""
    with pytest.raises(Refused) as caught:
        rule(text)
    assert str(caught.value) == str(caught.value.sentence)
    assert str(caught.value).isprintable()
    return caught.value


def accepts_or_refuses(rule: Callable[[str], object], text: str) -> object | None:
    """The value, or None where it is refused; a suggestion must be accepted as it is."""
    try:
        return rule(text)
    except Refused as error:
        refused = error
    assert str(refused).isprintable()
    if refused.suggestion is not None:
        assert str(rule(refused.suggestion)) == refused.suggestion
    return None
