"""Lists that go on: what programs send to get the next part, and what they are told of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema

from smtp_panel.api.bodies import JsonAnswer, JsonObject, ruled
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import LARGEST_ID
from smtp_panel.words import N_

MOST = 100  # entries in one answer
BAD_CURSOR = N_("This is not a place in the list. Send what stood in next, or begin without it.")
_CURSOR = re.compile(r"[0-9a-f]{1,32}", re.ASCII)

T = TypeVar("T")


def _cursor(text: str) -> str:
    if not _CURSOR.fullmatch(text):
        raise Refused(BAD_CURSOR)
    return text


class Part(JsonObject):
    """Which part of a list is wanted: the newest entries, or those that follow a `cursor`."""

    cursor: Annotated[
        str | None,
        AfterValidator(ruled(_cursor)),
        WithJsonSchema({"type": "string", "pattern": f"^{_CURSOR.pattern}$"}),
    ] = Field(default=None, description="What stood in `next` of the part before")


class Listed(JsonAnswer):
    """A list, or a part of one; with `next` as `cursor` the part that follows is got, if any is."""

    next: str | None = None


def part_of(found: Sequence[T], cursor: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """Of what was `found`, MOST and one more, the part to be told, and where the list goes on."""
    shown = found[:MOST]
    return shown, cursor(shown[-1]) if len(found) > MOST else None


def id_of(wanted: Part) -> int | None:
    """The id of a row that `cursor` stands for; None where the newest are wanted."""
    return min(int(wanted.cursor, 16), LARGEST_ID) if wanted.cursor else None
