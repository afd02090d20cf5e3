"""The switches of language and theme, which every page has (SPEC section 11)."""

from __future__ import annotations

from collections.abc import Container

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from smtp_panel.access import cookie
from smtp_panel.access.principal import safe_next
from smtp_panel.telling.language import LANGUAGES
from smtp_panel.web.csrf import csrf
from smtp_panel.web.htmx import fragment
from smtp_panel.web.language import COOKIE_SECONDS, LANGUAGE_COOKIE, THEME_COOKIE, THEMES

preferences = Blueprint("preferences", __name__)
# Nothing but language and theme can be changed this way, and a stranger needs no session for it.
csrf.exempt(preferences)


@preferences.post("/language")
def language() -> ResponseReturnValue:
    """Remember the chosen language in a cookie."""
    return _remember("language", LANGUAGES, LANGUAGE_COOKIE)


@preferences.post("/theme")
def theme() -> ResponseReturnValue:
    """Remember the chosen theme in a cookie."""
    return _remember("theme", THEMES, THEME_COOKIE)


def _remember(field: str, allowed: Container[str], name: str) -> ResponseReturnValue:
    """Keep it, and show the page again; one that shows it already stays, with what is typed."""
    shown = ("", 204) if fragment() else redirect(safe_next(request.form.get("next")), 303)
    response = make_response(shown)
    value = request.form.get(field, "")
    if value in allowed:
        cookie.keep(response, name, value, seconds=COOKIE_SECONDS)
    return response
