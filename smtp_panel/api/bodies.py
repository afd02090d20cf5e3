"""Bodies of requests, checked by the types that describe them.

pydantic checks them and knows their JSON schema. spectree, flask-openapi3 and APIFlask would bring
their own application, views of documentation or answers to errors, and take broken JSON for none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Response, request
from flask_babel import gettext
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from smtp_panel.settings.rules import Refused
from smtp_panel.words import N_

JSON = "application/json"
BROKEN = "json_invalid"
MOMENT = N_("Write a time with its offset, such as 2026-12-24T18:00:00+01:00.")
# What to do about an error, by pydantic's name of it; the others it tells in its own words.
WORDS = {
    "extra_forbidden": N_("There is no such field. Remove it, or look for another spelling."),
    "missing": N_("This is missing. Add it."),
    "string_type": N_("Write text, in quotation marks."),
    "list_type": N_("Write a list, in square brackets."),
    "dict_type": N_("Write an object, in braces."),
    "model_type": N_("Write an object, in braces."),
    "string_too_long": N_("This is too long: at most %(most)s characters are possible."),
    "too_long": N_("These are too many: at most %(most)s are possible."),
    "timezone_aware": MOMENT,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
}

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S")
T = TypeVar("T")


class JsonObject(BaseModel):
    """A JSON object that a program sends, or gets. What it has no field for is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WrongFields(UnprocessableEntity):
    """A body was refused: `errors` says what is wrong, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def body(most: int) -> bytes:
    """The octets of this request, no more than `most`, which are in memory as long as the caller's.

    Raises UnsupportedMediaType where they are no JSON, and RequestEntityTooLarge.
    """
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    request.max_content_length = most + 1  # Werkzeug cuts a body of no stated length off there
    octets = request.get_data(cache=False)
    if len(octets) > most:
        raise RequestEntityTooLarge
    return octets


def read(model: type[M], octets: bytes) -> M:
    """`octets`, a JSON object, as `model`; raises BadRequest for broken JSON, and WrongFields."""
    try:
        return model.model_validate_json(octets)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == BROKEN:
        raise BadRequest
    raise WrongFields(_by_field(details))


def answer(told: JsonObject, status: int) -> Response:
    """`told` as what a program gets."""
    return Response(told.model_dump_json(), status, mimetype=JSON)


def ruled(rule: Callable[[S], T]) -> Callable[[S], T]:
    """`rule` as pydantic calls it: what it refuses is told in the reader's language."""

    def checked(value: S) -> T:
        try:
            return rule(value)
        except Refused as refused:
            words = gettext(refused.message, **refused.params)
            raise PydanticCustomError("refused", "{words}", {"words": words}) from None

    return checked


def _by_field(details: list[ErrorDetails]) -> dict[str, str]:
    """The first error of each field; of what is in a list or an object, with its place there."""
    found: dict[str, str] = {}
    for each in details:
        name, *place = map(str, each["loc"] or ("body",))
        where = f"{'.'.join(place)}: " if place else ""
        found.setdefault(name, where + _words(each))
    return found


def _words(details: ErrorDetails) -> str:
    """What is wrong, in the reader's language."""
    words = WORDS.get(details["type"])
    most = str(details.get("ctx", {}).get("max_length", ""))
    return gettext(words, most=most) if words else details["msg"]
