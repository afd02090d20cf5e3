"""Sentences of the panel: in English, in JSON, and with what is filled in."""

from __future__ import annotations

import json

import pytest

from smtp_panel.words import N_, Sentence, changed

SEEN = Sentence(N_("seen: %(what)s"), {"what": "100% \x1b[2J"})
TOLD = Sentence(N_("%(words)s, %(seconds)s s ago"), {"words": SEEN, "seconds": "7"})


def test_a_sentence_is_english_with_what_is_filled_in() -> None:
    assert str(TOLD) == "seen: 100% \x1b[2J, 7 s ago"
    assert str(Sentence(N_("nothing to fill in, 100%"))) == "nothing to fill in, 100%"


@pytest.mark.parametrize("sentence", [SEEN, TOLD, Sentence(N_("timed out"))])
def test_what_was_stored_is_the_same_sentence_again(sentence: Sentence) -> None:
    assert Sentence.from_json(json.loads(json.dumps(sentence.to_json()))) == sentence


def test_a_pair_of_an_older_version_is_read() -> None:
    """As findings of deliverability, and why no settings were found, were stored."""
    assert Sentence.from_json([SEEN.message, SEEN.params]) == SEEN


def test_what_is_filled_in_can_be_changed_and_what_is_ours_can_not() -> None:
    """F4: so is what a server says made printable, however deep it stands."""
    assert changed(TOLD, lambda _: "x") == TOLD.changed(lambda _: "x")
    assert str(TOLD.changed(lambda _: "x")) == "seen: x, x s ago"
    assert changed("as it is", str.upper) == "AS IT IS"
