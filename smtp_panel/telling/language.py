"""The language of a page, message or command; sentences and times in it."""

from __future__ import annotations

import datetime

from babel.dates import format_skeleton
from flask_babel import format_timedelta, get_locale, gettext

from smtp_panel.storage import utcnow
from smtp_panel.words import Sentence

LANGUAGES = {"en": "English", "ja": "日本語"}  # by code, each in its own words
ENGLISH = "en"
MOMENT = datetime.timedelta(seconds=5)


def language() -> str:
    """The language of this page, message or command, one of LANGUAGES."""
    locale = get_locale()
    return locale.language if locale else ENGLISH


def in_words(sentence: Sentence) -> str:
    """`sentence` in the reader's language, and so are those that are filled in."""
    params = {
        name: in_words(value) if isinstance(value, Sentence) else value
        for name, value in sentence.params.items()
    }
    return gettext(sentence.message, **params)


def ago(moment: datetime.datetime) -> str:
    """How long ago `moment` was, such as "2 minutes ago", or when it is: "in 2 minutes"."""
    passed = utcnow() - moment
    if abs(passed) < MOMENT:
        return gettext("just now")
    return format_timedelta(-passed, add_direction=True, granularity="second")


def day(moment: datetime.date) -> str:
    """The day of `moment`, such as "Nov 23, 2026"."""
    return format_skeleton("yMMMd", moment, locale=get_locale() or ENGLISH)


def when(moment: datetime.datetime) -> str:
    """`moment`, which is in UTC, in full, such as "Nov 23, 2026 18:40:01 UTC"."""
    return f"{day(moment)} {moment:%H:%M:%S} UTC"


def local(moment: datetime.datetime) -> str:
    """`moment` by the clock of its own zone, such as "Mon, Nov 30, 2026 09:00 CET"."""
    weekday = format_skeleton("yMMMEd", moment, locale=get_locale() or ENGLISH)
    return f"{weekday} {moment:%H:%M %Z}"
