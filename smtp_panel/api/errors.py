"""How /api/v1 tells errors: JSON with a `message`, and what is wrong by field (SPEC A5).

An operation that refuses raises what it raises for a page; the answer to it is made here, so that
views need not catch anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import NamedTuple

from flask import Blueprint, Response, request
from flask_babel import gettext
from pydantic import Field
from werkzeug.exceptions import Forbidden, HTTPException

from smtp_panel.access.errors import AccessError
from smtp_panel.access.keys import KeyScope, NoSuchKey
from smtp_panel.access.principal import Principal, PrincipalKind
from smtp_panel.api.bodies import JSON, TOO_LARGE, JsonObject, WrongFields
from smtp_panel.operations.trials import NoSuchNode
from smtp_panel.outbox.handling import NotPossible
from smtp_panel.outbox.intake import TooLarge
from smtp_panel.schedules.handling import ScheduleChanged, StillRunning
from smtp_panel.schedules.secret import HeaderSecretNeeded
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.service import Conflict
from smtp_panel.telling.language import in_words
from smtp_panel.telling.refusals import (
    SCHEDULE_CHANGED,
    STILL_RUNNING,
    field_of,
    not_possible,
    with_link,
)
from smtp_panel.web import errors
from smtp_panel.web.not_now import NOT_NOW, SERVICE_UNAVAILABLE, not_now
from smtp_panel.words import N_

KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
MESSAGES = {
    400: N_("This request can't be understood. Send JSON in UTF-8."),
    401: N_(
        "Sign in by HTTP Basic, with the client ID and the secret of an API key, or by a token that"
        " has not ended."
    ),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take that method."),
    412: N_("This changed meanwhile. Get it again, and send your change with its new ETag."),
    413: TOO_LARGE,
    414: N_("The address has more than 8190 characters. Send a shorter one."),
    415: N_("Send JSON, as Content-Type: application/json."),
    422: N_("Something is wrong with the fields that `errors` names."),
    428: N_("Send the ETag of what you change, as If-Match."),
    431: N_("A header has more than 8190 characters. Send a shorter one."),
    500: N_("The panel made a mistake. Try again; the server's log says what happened."),
}
WRONG_SCOPE = N_("This key may not do that: it needs the scope %(scope)s.")
ONLY_ADMINS = N_("Only an admin may do that, and this token acts as a member.")
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


class ErrorAnswer(NamedTuple):
    """What a program is told: the status, why, and the headers that belong to it."""

    status: int
    problem: Problem
    headers: Mapping[str, str] = {}


def answer(told: ErrorAnswer) -> Response:
    """The answer of /api/v1: a Problem."""
    body = told.problem.model_dump_json(exclude_defaults=True)
    return Response(body, told.status, told.headers, mimetype=JSON)


def init_blueprint(
    blueprint: Blueprint, answer: Callable[[ErrorAnswer], Response] = answer
) -> None:
    """Let `answer` tell every error of `blueprint`, and of all paths below its prefix."""

    def handle(error: Exception) -> Response:
        return answer(told(error))

    errors.answer_below(blueprint, handle)
    for kind in told.registry:
        if issubclass(kind, Exception):
            blueprint.register_error_handler(kind, handle)


def wrong(refusals: Mapping[str, Refused]) -> WrongFields:
    """The error that says why the fields with these names are refused, and what would do."""
    offered = {name: each.suggestion for name, each in refusals.items() if each.suggestion}
    return WrongFields({name: with_link(each) for name, each in refusals.items()}, offered)


def forbidden(principal: Principal, scope: KeyScope) -> Forbidden:
    """That `principal` may not do what needs `scope`."""
    acts = principal.kind is PrincipalKind.USER
    return Forbidden(gettext(ONLY_ADMINS if acts else WRONG_SCOPE, scope=scope))


@singledispatch
def told(error: Exception) -> ErrorAnswer:
    """What is told of `error`, one of those that operations raise."""
    raise TypeError(f"{type(error).__name__} is a fault of the program")


@told.register
def _(error: HTTPException) -> ErrorAnswer:
    """The text of whoever raised the error, else the usual one."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, SERVICE_UNAVAILABLE):
        return told(cause)
    status = error.code or 500
    message = error.description or ""
    if message == type(error).description:
        words = MESSAGES.get(status) or MESSAGES[400 if status < 500 else 500]
        message = gettext(words, most=request.max_content_length)
    problem = Problem(message=message)
    if isinstance(error, WrongFields):
        problem = Problem(message=message, errors=error.errors, suggestions=error.suggestions)
    kept = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    return ErrorAnswer(status, problem, kept)


@told.register
def _(refused: Refused) -> ErrorAnswer:
    return told(wrong({field_of(refused): refused}))


@told.register
def _(needed: HeaderSecretNeeded) -> ErrorAnswer:
    return told(wrong({"secret": needed}))


@told.register
def _(error: AccessError) -> ErrorAnswer:
    words = in_words(error.sentence)
    if error.field:
        return told(WrongFields({error.field: words}))
    return ErrorAnswer(409, Problem(message=words))


@told.register
def _(error: NoSuchKey) -> ErrorAnswer:
    return ErrorAnswer(404, Problem(message=in_words(error.sentence)))


@told.register
def _(error: TooLarge) -> ErrorAnswer:
    return ErrorAnswer(413, Problem(message=in_words(error.sentence)))


@told.register
def _(error: NotPossible) -> ErrorAnswer:
    return ErrorAnswer(409, Problem(message=not_possible(error)))


@told.register
def _(_error: StillRunning) -> ErrorAnswer:
    return ErrorAnswer(409, Problem(message=gettext(STILL_RUNNING)))


@told.register
def _(_error: ScheduleChanged) -> ErrorAnswer:
    return ErrorAnswer(409, Problem(message=gettext(SCHEDULE_CHANGED)))


@told.register
def _(error: NoSuchNode) -> ErrorAnswer:
    return told(WrongFields({"node": in_words(error.sentence)}))


@told.register
def _(conflict: Conflict) -> ErrorAnswer:
    return ErrorAnswer(412, Problem(message=gettext(SAVED_MEANWHILE, who=conflict.by)))


def _gone(_error: Exception) -> ErrorAnswer:
    return ErrorAnswer(404, Problem(message=gettext(MESSAGES[404])))


for missing in errors.MISSING:
    told.register(missing, _gone)


def _not_now(reason: Exception) -> ErrorAnswer:
    text, status, headers = not_now(reason)
    return ErrorAnswer(status, Problem(message=text), headers)


for kind in NOT_NOW:
    told.register(kind, _not_now)
