"""Everything below /api/4.0: who may ask, and how errors are told (SPEC A5).

An error is an object with `message` and `documentation_url`. That is empty: Looker's SDK for Python
fails without it, and goes off to fetch what is at an address of Looker's documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized, UnprocessableEntity

from smtp_panel.access.authorization import key_principal
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.principal import Principal
from smtp_panel.api import errors
from smtp_panel.api.errors import ErrorAnswer
from smtp_panel.web.csrf import csrf
from smtp_panel.words import N_

LOOKER_PREFIX = "/api/4.0"
BEARER: dict[str, str | None] = {"realm": "SMTP Panel"}
SIGN_IN = N_("Sign in by POST /api/4.0/login: this token is missing or unknown, or it has ended.")


class WrongField(NamedTuple):
    """What is wrong with a field, which Looker's name tells; `code` says it to programs."""

    field: str
    code: str
    message: str


class WrongLookerFields(UnprocessableEntity):
    """A body was refused because of these `fields`."""

    def __init__(self, fields: list[WrongField]) -> None:
        super().__init__()
        self.fields = fields


def blueprint(name: str, prefix: str) -> Blueprint:
    """A part of the API, below `prefix`; its views decide who may ask."""
    made = Blueprint(f"looker_{name}", __name__, url_prefix=prefix)
    errors.init_blueprint(made, _answer)
    made.register_error_handler(WrongLookerFields, _wrong_fields)
    csrf.exempt(made)  # a token comes with each request, and no cookie counts
    return made


def asking(scope: KeyScope | None = None) -> Principal:
    """Whoever asks, who has `scope`; raises Unauthorized and Forbidden."""
    principal = key_principal()
    if principal is None:
        raise unauthorized()
    if scope and not principal.may(scope):
        raise errors.forbidden(principal, scope)
    return principal


def unauthorized() -> Unauthorized:
    """That this request needs a token, and shows none that is right."""
    return Unauthorized(gettext(SIGN_IN), www_authenticate=WWWAuthenticate("bearer", BEARER))


def require_scope() -> None:
    """Guard of a blueprint: who only looks has to have the scope read, anybody else manage."""
    asking(KeyScope.READ if request.method in {"GET", "HEAD"} else KeyScope.MANAGE)


def _wrong_fields(error: WrongLookerFields) -> Response:
    return _answer(errors.told(error), error.fields)


def _answer(told: ErrorAnswer, fields: Sequence[WrongField] = ()) -> Response:
    body: dict[str, object] = {"message": told.problem.message, "documentation_url": ""}
    if fields:
        body["errors"] = [each._asdict() | {"documentation_url": ""} for each in fields]
    answer = jsonify(body)
    answer.status_code = told.status
    answer.headers.update(told.headers)
    return answer
