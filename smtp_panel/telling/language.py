"""The language of a page, message or command, and times in words."""

from __future__ import annotations

import datetime

from babel.dates import format_skeleton
from flask_babel import format_datetime, format_timedelta, get_locale, gettext

from smtp_panel.storage import utcnow

LANGUAGES = {"en": "English", "ja": "日本語"}  # by code, each in its own words
ENGLISH = "en"
MOMENT = datetime.timedelta(seconds=5)


def language() -> str:
    """The language of this page, message or command, one of LANGUAGES."""
    locale = get_locale()
    return locale.language if locale else ENGLISH


def ago(moment: datetime.datetime) -> str:
    """How long ago `moment` was, such as "2 minutes ago", or when it is: "in 2 minutes"."""
    passed = utcnow() - moment
    if abs(passed) < MOMENT:
        return gettext("just now")
    return format_timedelta(-passed, add_direction=True, granularity="second")


def when(moment: datetime.datetime) -> str:
    """`moment` in full, in UTC, such as "23 Nov 2026, 18:40:01 UTC"."""
    return format_datetime(moment, "medium") + " UTC"


def local(moment: datetime.datetime) -> str:
    """`moment` by the clock of its own zone, such as "Mon, Nov 30, 2026 09:00 CET"."""
    day = format_skeleton("yMMMEd", moment, locale=get_locale() or ENGLISH)
    return f"{day} {moment:%H:%M %Z}"
