"""Language and theme of a page, and times as people say them."""

from __future__ import annotations

import contextlib
import datetime
from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel, format_datetime, format_timedelta, get_locale, gettext
from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.access.sign_in import current_user
from smtp_panel.storage import utcnow

LANGUAGES = ("en", "ja")
THEMES = ("auto", "light", "dark")
COOKIE_SECONDS = 365 * 24 * 3600
MOMENT = datetime.timedelta(seconds=5)


def init_app(app: Flask, translations: Path) -> None:
    """Translate pages of `app` with the catalogues in `translations`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    Babel(app, locale_selector=_select)
    app.jinja_env.filters.update(ago=ago, when=when)


def language() -> str:
    """The language of this page or message, one of LANGUAGES."""
    locale = get_locale()
    return locale.language if locale else LANGUAGES[0]


def theme() -> str:
    """The theme that the visitor chose, one of THEMES."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else THEMES[0]


def ago(moment: datetime.datetime) -> str:
    """How long ago `moment` was, such as "2 minutes ago"."""
    passed = utcnow() - moment
    if passed < MOMENT:
        return gettext("just now")
    return format_timedelta(-passed, add_direction=True, granularity="second")


def when(moment: datetime.datetime) -> str:
    """`moment` in full, in UTC, such as "23 Nov 2026, 18:40:01 UTC"."""
    return format_datetime(moment, "medium") + " UTC"


def _select() -> str | None:
    """The visitor's switch, else the account's language, else what the browser asks for."""
    if not has_request_context():
        return None
    chosen = request.cookies.get("language") or _account_language()
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _account_language() -> str | None:
    """A page that says that the database is broken has a language too."""
    with contextlib.suppress(SQLAlchemyError):
        user = current_user()
        return user.language if user else None
    return None
