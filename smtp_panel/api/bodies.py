"""What requests bring, checked by the types that describe it, and what they get."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Literal, TypeVar

from flask import Response, g, request
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
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_

JSON = "application/json"
BROKEN = "json_invalid"
MOST_NAMES = 4000  # of fields in one body: of 500 files and 100 headers, and room
MOST_TEXTS = 50_000  # in one body, those names included: 30,000 recipients, and room
# A text in JSON, to its end or that of the body, and whether it is a name.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"(?P<name>\s*+:)?|\\?\Z)', re.DOTALL)
KEY = "[key]"  # pydantic's last step to the key of an object, which stands before it
TWICE = N_("This is there more than once. Send it once.")
TOO_MANY = N_("These are too many: at most %(most)s are possible.")
TOO_LARGE = N_("The body is too large: at most %(most)s octets are possible here.")
# What to do about an error, by pydantic's name of it; the others it tells in its own words.
WORDS = {
    "extra_forbidden": N_("There is no such field. Remove it, or look for another spelling."),
    "missing": N_("This is missing. Add it."),
    "string_type": N_("Write text, in quotation marks."),
    "int_type": N_("Write a whole number, without quotation marks."),
    "int_parsing": N_("Write a whole number."),
    "bool_type": N_("Write true or false, without quotation marks."),
    "bool_parsing": N_("Write true or false."),
    "enum": N_("This is not one of the choices. Choose one of: %(choices)s."),
    "literal_error": N_("This is not one of the choices. Choose one of: %(choices)s."),
    "list_type": N_("Write a list, in square brackets."),
    "dict_type": N_("Write an object, in braces."),
    "model_type": N_("Write an object, in braces."),
    "string_too_long": N_("This is too long: at most %(most)s characters are possible."),
    "too_long": TOO_MANY,
}

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S")
T = TypeVar("T")


class JsonObject(BaseModel):
    """A JSON object that a program sends. What it has no field for is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Described(ConfigDict, total=False):
    """What pydantic goes by, and beside it what openapi-pydantic reads there."""

    json_schema_mode: Literal["validation", "serialization"]


class JsonAnswer(JsonObject):
    """A JSON object that a program gets, or part of one: every field is always there."""

    model_config = Described(
        json_schema_mode="serialization",
        json_schema_serialization_defaults_required=True,
        serialize_by_alias=True,
    )


class WrongFields(UnprocessableEntity):
    """What was sent is refused: `errors` says why, and `suggestions` what would do, by field."""

    def __init__(self, errors: dict[str, str], suggestions: dict[str, str] | None = None) -> None:
        super().__init__()
        self.errors = errors
        self.suggestions = suggestions or {}


def body(model: type[M], most: int, *, optional: bool) -> M:
    """The body of this request as `model`, of at most `most` octets; `{}` for an `optional` none.

    Raises UnsupportedMediaType, RequestEntityTooLarge, BadRequest for broken JSON, and WrongFields.
    """
    octets = _octets(most)
    if optional and not octets:
        octets = b"{}"
    elif request.mimetype != JSON:
        raise UnsupportedMediaType
    _refuse_many(octets)
    g.digest = hashlib.sha256(octets).hexdigest()
    return _checked(lambda: model.model_validate_json(octets, strict=True))


def digest() -> str:
    """The SHA-256 of the body that this request brought, in hexadecimal digits."""
    found: str = g.digest
    return found


def query(model: type[M]) -> M:
    """The parameters in the URL of this request as `model`; raises WrongFields."""
    given = request.args
    twice = [name for name in given if len(given.getlist(name)) > 1]
    if twice:
        raise WrongFields({name: gettext(TWICE) for name in twice})
    return _checked(lambda: model.model_validate_strings(given.to_dict()))


def headers(model: type[M]) -> M:
    """Those headers of this request that `model` names, as such; raises WrongFields."""
    names = [each.alias for each in model.model_fields.values() if each.alias]
    given = {name: request.headers[name] for name in names if name in request.headers}
    return _checked(lambda: model.model_validate_strings(given))


def answer(told: JsonAnswer, status: int = 200) -> Response:
    """`told` as what a program gets."""
    return Response(told.model_dump_json(), status, mimetype=JSON)


def ruled(rule: Callable[[S], T]) -> Callable[[S], T]:
    """`rule` as pydantic calls it: what it refuses is told in the reader's language."""

    def checked(value: S) -> T:
        try:
            return rule(value)
        except Refused as refused:
            words = in_words(refused.sentence)
            raise PydanticCustomError("refused", "{words}", {"words": words}) from None

    return checked


def _octets(most: int) -> bytes:
    """The body of this request, which is in memory only as long as the caller keeps it."""
    too_large = RequestEntityTooLarge(gettext(TOO_LARGE, most=most))
    if (request.content_length or 0) > most:
        raise too_large
    request.max_content_length = most + 1  # Werkzeug cuts a body of no stated length off there
    octets = request.get_data(cache=False)
    if len(octets) > most:
        raise too_large
    return octets


def _refuse_many(octets: bytes) -> None:
    """Raise WrongFields for more fields or texts than any request has.

    Of a body of 36 MB pydantic would tell three million that are unknown, in 5 GB of memory.
    """
    names = 0
    for texts, found in enumerate(_TEXT.finditer(octets), start=1):
        names += found["name"] is not None
        for many, most in ((names, MOST_NAMES), (texts, MOST_TEXTS)):
            if many > most:
                raise WrongFields({"body": gettext(TOO_MANY, most=most)})


def _checked(check: Callable[[], M]) -> M:
    """What `check` gives, a check by pydantic; raises BadRequest and WrongFields."""
    try:
        return check()
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == BROKEN:
        raise BadRequest
    raise WrongFields(_by_field(details))


def _by_field(details: list[ErrorDetails]) -> dict[str, str]:
    """The first error of each field; of what is in a list or an object, with its place there."""
    found: dict[str, str] = {}
    for each in details:
        name, *place = [str(step) for step in each["loc"] or ("body",) if step != KEY]
        where = f"{'.'.join(place)}: " if place else ""
        found.setdefault(name, where + _words(each))
    return found


def _words(details: ErrorDetails) -> str:
    """What is wrong, in the reader's language."""
    words, context = WORDS.get(details["type"]), details.get("ctx", {})
    most = str(context.get("max_length", ""))
    choices = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "")
    return gettext(words, most=most, choices=choices) if words else details["msg"]
