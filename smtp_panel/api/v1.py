"""Everything below /api/v1: who may ask, and how errors are told (SPEC A5, 11)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext
from pydantic import Field
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized

from smtp_panel.access.authorization import key_principal
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.limits import LimitReached
from smtp_panel.access.principal import Principal
from smtp_panel.api.bodies import JSON, JsonObject, WrongFields
from smtp_panel.api.operation import Operation
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
    415: N_("Send JSON, as Content-Type: application/json."),
    412: N_("This changed meanwhile. Get it again, and send your change with its new ETag."),
    422: N_("Something is wrong with the fields that `errors` names."),
    428: N_("Send the ETag of what you change, as If-Match."),
    500: N_("The panel made a mistake. Try again; the server's log says what happened."),
}


class Problem(JsonObject):
    """Why something was not done, and what to do about it.

    Of wrong fields `errors` says what is wrong, by field, and `suggestions` what would do.
    """

    message: str
    errors: dict[str, str] = Field(default={})
    suggestions: dict[str, str] = Field(default={})


def blueprint(name: str) -> Blueprint:
    """A part of /api/v1; which keys come in, each of its views states as an Operation."""
    made = Blueprint(f"api_{name}", __name__, url_prefix=PREFIX)
    made.before_request(_require_key)
    errors.answer_below(made, _told)
    made.register_error_handler(LimitReached, _limit_reached)
    for broken in errors.SERVICE_UNAVAILABLE:
        made.register_error_handler(broken, _unavailable)
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
        text = N_("This key may not do that: it needs the scope %(scope)s.")
        raise Forbidden(gettext(text, scope=scopes[0]))


def _told(error: HTTPException) -> Response:
    """An error as JSON; the text of whoever raised it, else the usual one."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, errors.SERVICE_UNAVAILABLE):
        return _unavailable(cause)
    status = error.code or 500
    message = error.description or ""
    if message == type(error).description:
        message = gettext(MESSAGES.get(status) or MESSAGES[400 if status < 500 else 500])
    problem = Problem(message=message)
    if isinstance(error, WrongFields):
        problem = Problem(message=message, errors=error.errors, suggestions=error.suggestions)
    kept = {name: value for name, value in error.get_headers() if name in KEEPS_HEADERS}
    return _answer(status, problem, kept)


def _limit_reached(error: LimitReached) -> Response:
    seconds = error.retry_after
    problem = Problem(message=gettext(error.message, seconds=seconds))
    return _answer(429, problem, {"Retry-After": str(seconds)})


def _unavailable(broken: Exception) -> Response:
    problem = Problem(message=errors.sentences(broken))
    return _answer(503, problem, {"Retry-After": errors.RETRY_AFTER})


def _answer(status: int, problem: Problem, headers: dict[str, str]) -> Response:
    told = problem.model_dump_json(exclude_defaults=True)
    return Response(told, status, headers, mimetype=JSON)
