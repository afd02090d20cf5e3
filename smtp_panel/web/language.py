"""Language and theme of a page: what the visitor chose, else what account and browser say."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel, get_translations, gettext, ngettext
from jinja2 import pass_context
from jinja2.runtime import Context
from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.access.principal import current_user
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.duration import lasted
from smtp_panel.telling.errors import error_in_words, is_reply
from smtp_panel.telling.language import ENGLISH, LANGUAGES, ago, when

THEMES = ("auto", "light", "dark")
LANGUAGE_COOKIE = "smtp_panel_language"
THEME_COOKIE = "smtp_panel_theme"
COOKIE_SECONDS = 365 * 24 * 3600


def init_app(app: Flask, translations: Path) -> None:
    """Translate pages of `app` with the catalogues in `translations`.

    In a template `_()` takes the text itself; what stands in a variable goes through the filter
    `translated`, the name of whoever did something through `actor`, what was said to it through
    `error`, and how long something took through `lasted`; `reply` tests whether a server said it.
    A translation is escaped like any other text.
    """
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    Babel(app, locale_selector=_select)
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    app.jinja_env.filters.update(ago=ago, when=when, translated=_translated)
    app.jinja_env.filters.update(actor=actor_in_words, error=error_in_words, lasted=lasted)
    app.jinja_env.tests.update(reply=is_reply)
    app.context_processor(_translations)


def theme() -> str:
    """The theme that the visitor chose, one of THEMES."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def _translations() -> dict[str, Callable[..., str]]:
    """The translations of one page, looked up once for all its texts."""
    found = get_translations()

    def gettext(text: str, **values: object) -> str:
        return found.gettext(text) % values if values else found.gettext(text)

    def ngettext(one: str, many: str, num: int, **values: object) -> str:
        return found.ngettext(one, many, num) % {"num": num, **values}

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


@pass_context
def _translated(context: Context, text: str) -> str:
    """`text`, which N_ has marked, in the reader's language; empty text stays so."""
    # Of an empty one gettext gives the catalogue's header.
    return context.resolve("gettext")(text) if text else ""


def _select() -> str | None:
    """The visitor's switch, else the account's language, else what the browser asks for."""
    if not has_request_context():
        return None
    chosen = request.cookies.get(LANGUAGE_COOKIE) or _account_language()
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or ENGLISH


def _account_language() -> str | None:
    """A page that says that the database is broken has a language too."""
    with contextlib.suppress(SQLAlchemyError):
        user = current_user()
        return user.language if user else None
    return None
