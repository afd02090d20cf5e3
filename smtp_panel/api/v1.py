"""Everything below /api/v1: which programs may ask (SPEC A5, 11)."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from smtp_panel.access.authorization import key_principal
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.principal import Principal
from smtp_panel.api import errors
from smtp_panel.api.operation import Operation
from smtp_panel.web.csrf import csrf

PREFIX = "/api/v1"
BASIC: dict[str, str | None] = {"realm": "SMTP Panel", "charset": "UTF-8"}


def blueprint(name: str) -> Blueprint:
    """A part of /api/v1; which keys come in, each of its views states as an Operation."""
    made = Blueprint(f"api_{name}", __name__, url_prefix=PREFIX)
    made.before_request(_require_key)
    errors.init_blueprint(made)
    csrf.exempt(made)  # a key comes with each request, and no cookie counts
    return made


def asking() -> Principal:
    """Whoever asks, for views behind the guard; raises Unauthorized for nobody."""
    principal = key_principal()
    if principal is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("basic", BASIC))
    return principal


def _require_key() -> None:
    """Let in who has a scope that the view states; a view that states nothing is to manage."""
    stated = Operation.of(current_app.view_functions[request.endpoint or ""])
    scopes = stated.scopes if stated else (KeyScope.MANAGE,)
    if scopes and not any(map(asking().may, scopes)):
        raise errors.forbidden(asking(), scopes[0])
