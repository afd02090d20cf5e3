"""How /api/v1 tells errors: JSON with a `message`, and what is wrong by field (SPEC A5).

An operation that refuses raises what it raises for a page; the answer to it is made here, so that
views need not catch anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response
from flask_babel import gettext
from pydantic import Field
from werkzeug.exceptions import HTTPException

from smtp_panel.access.errors import AccessError
from smtp_panel.access.limits import LimitReached
from smtp_panel.api.bodies import JSON, JsonObject, WrongFields
from smtp_panel.runs.runner import Busy
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.service import Conflict
from smtp_panel.telling.refusals import key_unavailable, with_link
from smtp_panel.trials import NoSuchNode
from smtp_panel.web import errors
from smtp_panel.web.answers import POOL_FULL
from smtp_panel.words import N_

KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
MESSAGES = {
    400: N_("This request can't be understood. Send JSON in UTF-8."),
    401: N_("Sign in by HTTP Basic, with the client ID and the secret of an API key."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take that method."),
    412: N_("This changed meanwhile. Get it again, and send your change with its new ETag."),
    415: N_("Send JSON, as Content-Type: application/json."),
    422: N_("Something is wrong with the fields that `errors` names."),
    428: N_("Send the ETag of what you change, as If-Match."),
    500: N_("The panel made a mistake. Try again; the server's log says what happened."),
}
SAVED_MEANWHILE = N_(
    "%(who)s saved the settings meanwhile. Get them again, and send your change with the new ETag."
)


class Problem(JsonObject):
    """Why something was not done, and what to do about it.

    Of wrong fields `errors` says what is wrong, by field, and `suggestions` what would do.
    """

    message: str
    errors: Mapping[str, str] = Field(default={})
    suggestions: Mapping[str, str] = Field(default={})


def init_blueprint(blueprint: Blueprint) -> None:
    """Answer every error of `blueprint`, and of all paths below its prefix, by a Problem."""
    errors.answer_below(blueprint, _http)
    blueprint.register_error_handler(LimitReached, _limit_reached)
    blueprint.register_error_handler(Busy, _busy)
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(AccessError, _access)
    blueprint.register_error_handler(NoSuchNode, _no_such_node)
    blueprint.register_error_handler(Conflict, _conflict)
    blueprint.register_error_handler(KeyUnavailable, _key_unavailable)
    for broken in errors.SERVICE_UNAVAILABLE:
        blueprint.register_error_handler(broken, _unavailable)


def wrong(refusals: Mapping[str, Refused]) -> WrongFields:
    """The error that says why the fields with these names are refused, and what would do."""
    offered = {name: each.suggestion for name, each in refusals.items() if each.suggestion}
    return WrongFields({name: with_link(each) for name, each in refusals.items()}, offered)


def _http(error: HTTPException) -> Response:
    """The text of whoever raised the error, else the usual one."""
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
    kept = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    return _answer(status, problem, kept)


def _refused(refused: Refused) -> Response:
    """The field is named by the refusal, or it is the choice of the service."""
    named = SecretNeeded | SecretLost
    field = refused.name if isinstance(refused, named) else "service"
    return _http(wrong({field: refused}))


def _access(error: AccessError) -> Response:
    words = gettext(error.message, **error.params)
    if error.field:
        return _http(WrongFields({error.field: words}))
    return _answer(409, Problem(message=words))


def _no_such_node(error: NoSuchNode) -> Response:
    return _http(WrongFields({"node": gettext(error.message, **error.params)}))


def _conflict(conflict: Conflict) -> Response:
    return _answer(412, Problem(message=gettext(SAVED_MEANWHILE, who=conflict.by)))


def _limit_reached(error: LimitReached) -> Response:
    seconds = error.retry_after
    return _later(429, gettext(error.message, seconds=seconds), str(seconds))


def _busy(_error: Busy) -> Response:
    return _later(429, gettext(POOL_FULL))


def _key_unavailable(error: KeyUnavailable) -> Response:
    return _later(503, key_unavailable(error))


def _unavailable(broken: Exception) -> Response:
    return _later(503, errors.sentences(broken))


def _later(status: int, message: str, seconds: str = errors.RETRY_AFTER) -> Response:
    return _answer(status, Problem(message=message), {"Retry-After": seconds})


def _answer(status: int, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    told = problem.model_dump_json(exclude_defaults=True)
    return Response(told, status, headers, mimetype=JSON)
