"""Everything below /api/v1: who may ask, and how errors are told (SPEC A5, 11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, jsonify, request
from flask_babel import gettext
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized

from smtp_panel.access.authorization import key_principal
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.limits import LimitReached
from smtp_panel.access.principal import Principal
from smtp_panel.api.bodies import WrongFields
from smtp_panel.web import errors
from smtp_panel.web.csrf import csrf
from smtp_panel.words import N_

PREFIX = "/api/v1"
KEEPS_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
BASIC: dict[str, str | None] = {"realm": "SMTP Panel", "charset": "UTF-8"}
MESSAGES = {
    400: N_("This request can't be understood. Send JSON in UTF-8."),
    401: N_("Sign in by HTTP Basic, with the client ID and the secret of an API key."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take that method."),
    413: N_("The body is too large. SMTP_PANEL_API_MAX_BYTES says how large it may be."),
    415: N_("Send JSON, as Content-Type: application/json."),
    422: N_("Something is wrong with the fields that `errors` names."),
    500: N_("The panel made a mistake. Try again; the server's log says what happened."),
}

View = TypeVar("View", bound=Callable[..., Any])


def blueprint(name: str) -> Blueprint:
    """A part of /api/v1, which only keys reach: those that may read, or else manage everything.

    A view that others reach as well says so by `open_to`.
    """
    made = Blueprint(f"api_{name}", __name__, url_prefix=PREFIX)
    made.before_request(_require_key)
    errors.answer_below(made, _told)
    made.register_error_handler(LimitReached, _limit_reached)
    for broken in errors.SERVICE_UNAVAILABLE:
        made.register_error_handler(broken, _unavailable)
    csrf.exempt(made)  # a key comes with each request, and no cookie counts
    return made


def open_to(scope: KeyScope) -> Callable[[View], View]:
    """Open a view to keys with this scope as well."""

    def opened(view: View) -> View:
        vars(view)["scope"] = scope
        return view

    return opened


def asking() -> Principal:
    """Whoever asks, for views behind the guard; raises Unauthorized for nobody."""
    principal = key_principal()
    if principal is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("basic", BASIC))
    return principal


def _require_key() -> None:
    principal = asking()
    needed = KeyScope.READ if request.method in {"GET", "HEAD"} else KeyScope.MANAGE
    view = current_app.view_functions[request.endpoint or ""]
    opened: KeyScope | None = vars(view).get("scope")
    if not (principal.may(needed) or (opened and principal.may(opened))):
        text = N_("This key may not do that: it needs the scope %(scope)s.")
        raise Forbidden(gettext(text, scope=opened or needed))


def _told(error: HTTPException) -> Response:
    """An error as JSON; the text of whoever raised it, else the usual one."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, errors.SERVICE_UNAVAILABLE):
        return _unavailable(cause)
    status = error.code or 500
    message = error.description
    if message == type(error).description:
        message = gettext(MESSAGES.get(status) or MESSAGES[400 if status < 500 else 500])
    wrong = error.errors if isinstance(error, WrongFields) else None
    answer = _answer(status, message or "", wrong)
    for name, value in error.get_headers():
        if name in KEEPS_HEADERS:
            answer.headers[name] = value
    return answer


def _limit_reached(error: LimitReached) -> Response:
    answer = _answer(429, gettext(error.message, seconds=error.retry_after))
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _unavailable(broken: Exception) -> Response:
    answer = _answer(503, errors.sentences(broken))
    answer.headers["Retry-After"] = errors.RETRY_AFTER
    return answer


def _answer(status: int, message: str, wrong: dict[str, str] | None = None) -> Response:
    body: dict[str, object] = {"message": message}
    answer = jsonify(body | {"errors": wrong} if wrong else body)
    answer.status_code = status
    return answer
