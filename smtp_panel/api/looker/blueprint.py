"""Everything below /api/4.0: who may ask, and how errors are told (SPEC A5).

An error is an object with `message` and `documentation_url`. That is empty: Looker's SDK for Python
fails without it, and goes off to fetch what is at an address of Looker's documentation.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized, UnprocessableEntity

from smtp_panel.access.authorization import key_principal
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.limits import LimitReached
from smtp_panel.access.principal import Principal, PrincipalKind
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.telling.refusals import key_unavailable
from smtp_panel.web import errors
from smtp_panel.web.csrf import csrf
from smtp_panel.words import N_

PREFIX = "/api/4.0"
KEEPS_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
BEARER: dict[str, str | None] = {"realm": "SMTP Panel"}
MESSAGES = {
    400: N_("This request can't be understood. Send one JSON object in UTF-8."),
    401: N_("Sign in by POST /api/4.0/login: this token is missing or unknown, or it has ended."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take that method."),
    413: N_("The body is too large: at most 65536 octets are possible."),
    415: N_("Send JSON, as Content-Type: application/json."),
    422: N_("Something is wrong with the fields that `errors` names."),
    500: N_("The panel made a mistake. Try again; the server's log says what happened."),
}
ONLY_ADMINS = N_("Only an admin may do that, and this token acts as a member.")
WRONG_SCOPE = N_("This key may not do that: it needs the scope %(scope)s.")


class WrongField(NamedTuple):
    """What is wrong with a field, which Looker's name tells; `code` says it to programs."""

    field: str
    code: str
    message: str


class WrongFields(UnprocessableEntity):
    """A body was refused because of these `fields`."""

    def __init__(self, fields: list[WrongField]) -> None:
        super().__init__()
        self.fields = fields


def blueprint(name: str, prefix: str) -> Blueprint:
    """A part of the API, below `prefix`; its views decide who may ask."""
    made = Blueprint(f"looker_{name}", __name__, url_prefix=prefix)
    errors.answer_below(made, _told)
    made.register_error_handler(LimitReached, _limit_reached)
    made.register_error_handler(KeyUnavailable, _no_key)
    for broken in errors.SERVICE_UNAVAILABLE:
        made.register_error_handler(broken, _unavailable)
    csrf.exempt(made)  # a token comes with each request, and no cookie counts
    return made


def asking(scope: KeyScope | None = None) -> Principal:
    """Whoever asks, who has `scope`; raises Unauthorized and Forbidden."""
    principal = key_principal()
    if principal is None:
        raise unauthorized()
    if scope and not principal.may(scope):
        acts = principal.kind is PrincipalKind.USER
        raise Forbidden(gettext(ONLY_ADMINS if acts else WRONG_SCOPE, scope=scope))
    return principal


def unauthorized() -> Unauthorized:
    """That this request needs a token, and shows none that is right."""
    return Unauthorized(www_authenticate=WWWAuthenticate("bearer", BEARER))


def require_scope() -> None:
    """Guard of a blueprint: who only looks has to have the scope read, anybody else manage."""
    asking(KeyScope.READ if request.method in {"GET", "HEAD"} else KeyScope.MANAGE)


def _told(error: HTTPException) -> Response:
    """An error as JSON; the text of whoever raised it, else the usual one."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, errors.SERVICE_UNAVAILABLE):
        return _unavailable(cause)
    status = error.code or 500
    message = error.description
    if message == type(error).description:
        message = gettext(MESSAGES.get(status) or MESSAGES[400 if status < 500 else 500])
    wrong = error.fields if isinstance(error, WrongFields) else []
    answer = _answer(status, message or "", wrong)
    for name, value in error.get_headers():
        if name in KEEPS_HEADERS:
            answer.headers[name] = value
    return answer


def _limit_reached(error: LimitReached) -> Response:
    answer = _answer(429, gettext(error.message, seconds=error.retry_after))
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _no_key(error: KeyUnavailable) -> Response:
    return _answer(503, key_unavailable(error))


def _unavailable(broken: Exception) -> Response:
    answer = _answer(503, errors.sentences(broken))
    answer.headers["Retry-After"] = errors.RETRY_AFTER
    return answer


def _answer(status: int, message: str, wrong: list[WrongField] | None = None) -> Response:
    body: dict[str, object] = {"message": message, "documentation_url": ""}
    if wrong:
        body["errors"] = [each._asdict() | {"documentation_url": ""} for each in wrong]
    answer = jsonify(body)
    answer.status_code = status
    return answer
