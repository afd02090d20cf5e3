"""What a newer version has stored, while machines are brought up to date one by one (SPEC A8)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


def known(members: type[Member], value: str, otherwise: Member) -> Member:
    """The one of `members` that is stored as `value`; `otherwise` where this version knows none."""
    return members(value) if value in {*members} else otherwise
