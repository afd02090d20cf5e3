"""Whether a cause repeats all that the server said (SPEC T6)."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.diagnosis.quoted import quotes
from tests.diagnosis.examples import said


@pytest.mark.parametrize(
    ("reply", "quoted"),
    [
        ("421 Service shutting down.", True),
        ("451 4.3.2 Xyzzy is not ready", True),
        (f"421 Xyzzy {'and so on ' * 30}", False),
    ],
)
def test_a_cause_that_quotes_the_server_whole_needs_its_words_no_second_time(
    reply: str, quoted: bool
) -> None:
    """T6: what is cut off, or a code that is missing, is shown beside it."""
    told = diagnose(said("banner", reply))
    assert quotes(told.cause(), told.server_says) is quoted


@pytest.mark.parametrize(
    ("sentence", "words", "quoted"),
    [
        ("It refused with 550: “No such thing”.", "550 No such thing", True),
        ("It refused with 550: “No such thing”.", "550 5.1.1 No such thing", False),
        ("It says: “No such thing”.", "550 No such thing", False),
        ("No route to host: nothing answers.", "No route to host", True),
        ("Nothing answers.", "", False),
    ],
)
def test_codes_and_words_count(sentence: str, words: str, quoted: bool) -> None:
    """T6: nothing that the server said is lost."""
    assert quotes(sentence, words) is quoted
