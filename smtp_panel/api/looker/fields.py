"""Looker's parameter `fields`: which parts of an answer are wanted, as `a,b(c,d)`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from flask_babel import gettext
from werkzeug.exceptions import BadRequest

from smtp_panel.words import N_

Shape: TypeAlias = Mapping[str, Any]  # the names of an object; below each what it holds, or None

SYNTAX = N_("Write `fields` as names with commas between them, such as %(example)s.")
NO_FIELD = N_("There is no field “%(name)s”. There are: %(names)s.")
_PART = re.compile(r"\s*(?P<name>\w+)\s*(?:\((?P<inner>[^()]*)\)\s*)?(?:,|$)", re.ASCII)


def wanted(text: str, shape: Shape) -> Shape:
    """That part of `shape` which `text` names, and all of it where that is blank.

    Raises BadRequest for what it has no field for.
    """
    chosen: dict[str, Any] = {}
    at = 0
    while text[at:].strip():
        part = _PART.match(text, at)
        if part is None:
            raise BadRequest(gettext(SYNTAX, example=",".join(shape)))
        name, inner = part["name"], part["inner"]
        if name not in shape or (inner is not None and shape[name] is None):
            raise BadRequest(gettext(NO_FIELD, name=part[0].strip(", "), names=", ".join(shape)))
        chosen[name] = wanted(inner, shape[name]) if inner else shape[name]
        at = part.end()
    return chosen or shape


def only(shape: Shape | None, value: Any) -> Any:
    """What `shape` names of `value`, which is an object, or a list of such."""
    if shape is None:
        return value
    if isinstance(value, Sequence):
        return [only(shape, each) for each in value]
    return {name: only(inner, value[name]) for name, inner in shape.items()}
