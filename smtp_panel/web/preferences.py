"""The switches of language and theme, which every page has (SPEC section 11)."""

from __future__ import annotations

from collections.abc import Container

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import safe_next
from smtp_panel.telling.language import LANGUAGES
from smtp_panel.web.csrf import csrf
from smtp_panel.web.language import COOKIE_SECONDS, THEMES

preferences = Blueprint("preferences", __name__)
# Nothing but language and theme can be changed this way, and a stranger needs no session for it.
csrf.exempt(preferences)


@preferences.post("/language")
def language() -> ResponseReturnValue:
    """Remember the chosen language in a cookie."""
    return _remember("language", LANGUAGES)


@preferences.post("/theme")
def theme() -> ResponseReturnValue:
    """Remember the chosen theme in a cookie."""
    return _remember("theme", THEMES)


def _remember(name: str, allowed: Container[str]) -> ResponseReturnValue:
    response = make_response(redirect(safe_next(request.form.get("next")), 303))
    value = request.form.get(name, "")
    if value in allowed:
        response.set_cookie(
            name,
            value,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return response
