"""How long something took, as people read it."""

from __future__ import annotations

import pytest
from flask import Flask

from smtp_panel.telling.duration import lasted


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (0.4, "< 1 ms"),
        (12.4, "12 ms"),
        (999.4, "999 ms"),
        (999.7, "1.0 s"),
        (1540.0, "1.5 s"),
        (15999.3, "16.0 s"),
    ],
)
def test_what_took_longer_than_a_second_is_told_in_seconds(
    app: Flask, ms: float, told: str
) -> None:
    """T4: nobody counts thousands of milliseconds."""
    with app.test_request_context():
        assert lasted(ms) == told
