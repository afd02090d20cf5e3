"""What is said of certificates and of what waits: numbers as people write them (SPEC W3, W6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from smtp_panel.telling.certificates import end_in_words

FAR = datetime(2999, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "355,412 days left"), ("ja", "有効期限まで 355,412 日")]
)
def test_days_without_number_are_told_with_separators(
    app: Flask, language: str, words: str
) -> None:
    """W6: a certificate that somebody made out for a thousand years."""
    with app.test_request_context(), force_locale(language):
        assert words in end_in_words(FAR, 355_412)
