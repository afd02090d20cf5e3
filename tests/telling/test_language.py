"""Moments in words, which are alike on every page and in every mail."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale

from smtp_panel.telling.language import day, local, when

MOMENT = datetime(2026, 11, 30, 18, 40, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "date", "weekday"),
    [("en", "Nov 30, 2026", "Mon, Nov 30, 2026"), ("ja", "2026年11月30日", "2026年11月30日(月)")],
)
def test_dates_are_written_alike_and_times_as_logs_have_them(
    app: Flask, language: str, date: str, weekday: str
) -> None:
    """M6: so that a message is found in the log of the mail server."""
    with app.app_context(), force_locale(language):
        assert day(MOMENT) == date
        assert when(MOMENT) == f"{date} 18:40:01 UTC"
        there = MOMENT.astimezone(ZoneInfo("Europe/Berlin"))
        assert local(there) == f"{weekday} 19:40 CET"
