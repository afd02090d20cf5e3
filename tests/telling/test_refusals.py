"""What is said of an attempt that was not made."""

from __future__ import annotations

import pytest
from flask import Flask

from smtp_panel.telling.refusals import too_many


@pytest.mark.parametrize(("seconds", "words"), [(1, "in 1 second."), (48, "in 48 seconds.")])
def test_a_limit_says_how_long_to_wait_in_words_that_agree(
    app: Flask, seconds: int, words: str
) -> None:
    """L2."""
    with app.test_request_context():
        assert too_many(seconds).endswith(words)
