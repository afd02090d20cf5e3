"""Language and theme of a page: what the visitor chose, else what account and browser say."""

from __future__ import annotations

import contextlib
from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel, gettext
from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.access.principal import current_user
from smtp_panel.telling.language import ENGLISH, LANGUAGES, ago, when

THEMES = ("auto", "light", "dark")
COOKIE_SECONDS = 365 * 24 * 3600


def init_app(app: Flask, translations: Path) -> None:
    """Translate pages of `app` with the catalogues in `translations`.

    In a template `_()` takes the text itself, which may hold markup; what stands in a variable
    goes through the filter `translated`, whose result is escaped like any other text.
    """
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    Babel(app, locale_selector=_select)
    app.jinja_env.filters.update(ago=ago, when=when, translated=translated)


def translated(text: str) -> str:
    """`text`, which N_ has marked, in the reader's language; empty text stays so."""
    return gettext(text) if text else ""  # of an empty one gettext gives the catalogue's header


def theme() -> str:
    """The theme that the visitor chose, one of THEMES."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else THEMES[0]


def _select() -> str | None:
    """The visitor's switch, else the account's language, else what the browser asks for."""
    if not has_request_context():
        return None
    chosen = request.cookies.get("language") or _account_language()
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or ENGLISH


def _account_language() -> str | None:
    """A page that says that the database is broken has a language too."""
    with contextlib.suppress(SQLAlchemyError):
        user = current_user()
        return user.language if user else None
    return None
