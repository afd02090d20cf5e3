"""What a newer version has stored, while machines are brought up to date one by one (SPEC A8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

Member = TypeVar("Member", bound=StrEnum)
Read = TypeVar("Read")
Stored = Mapping[str, Any]


def known(members: type[Member], value: str, otherwise: Member) -> Member:
    """The one of `members` that is stored as `value`; `otherwise` where this version knows none."""
    return members(value) if value in {*members} else otherwise


def known_fields(kind: type[Any], stored: Stored) -> dict[str, Any]:
    """That of what is `stored` for which `kind`, a dataclass, has a field."""
    return {each.name: stored[each.name] for each in fields(kind) if each.name in stored}


def read_known(read: Callable[[Stored], Read], stored: Iterable[Stored]) -> Iterator[Read]:
    """What is `stored`, by `read`, but for that of which only a newer version knows.

    Of that `read` raises ValueError.
    """
    for each in stored:
        with suppress(ValueError):
            yield read(each)
