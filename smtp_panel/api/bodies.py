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

JSON = "application/json"
BROKEN = "json_invalid"

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S")
T = TypeVar("T")


class Body(BaseModel):
    """A JSON object that a program sends, or gets. What it has no field for is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WrongFields(UnprocessableEntity):
    """A body was refused: `errors` says what is wrong, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read(model: type[M], most: int) -> M:
    """The body of this request, which is not larger than `most` octets, as `model`.

    Raises UnsupportedMediaType, RequestEntityTooLarge, BadRequest for broken JSON, and WrongFields.
    """
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    request.max_content_length = most + 1  # Werkzeug cuts a body of no stated length off there
    octets = request.get_data()
    if len(octets) > most:
        raise RequestEntityTooLarge
    try:
        return model.model_validate_json(octets)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == BROKEN:
        raise BadRequest
    raise WrongFields(_by_field(details))


def answer(body: Body, status: int) -> Response:
    """`body` as what a program gets."""
    return Response(body.model_dump_json(), status, mimetype=JSON)


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
        found.setdefault(name, f"{where}{each['msg']}")
    return found
