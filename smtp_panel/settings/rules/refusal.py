"""How a rule says no, and how it comes to offer a better value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


class Refused(ValueError):
    """What is wrong with a value: `message` is a text for translation over `params`.

    `suggestion` is a value that the rule accepts, or None where it knows no better one; `link` a
    page of somebody else that says more.
    """

    def __init__(
        self,
        message: str,
        params: Mapping[str, str] | None = None,
        suggestion: str | None = None,
        link: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.params = dict(params or {})
        self.suggestion = suggestion
        self.link = link

    def __str__(self) -> str:
        return self.message % self.params


@dataclass(frozen=True)
class Notice:
    """Something to know about a value that is accepted: a text for translation over `params`.

    `link` is a page of somebody else that says more.
    """

    message: str
    params: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None

    def __str__(self) -> str:
        return self.message % self.params


def offering(rule: Callable[[str], T], repair: Callable[[str], str], text: str) -> T:
    """What `rule` makes of `text`; a refusal offers the repaired text where the rule takes that."""
    try:
        return rule(text)
    except Refused as refused:
        suggestion = _accepted(rule, repair(text))
        raise Refused(refused.message, refused.params, suggestion) from None


def _accepted(rule: Callable[[str], T], text: str) -> str | None:
    try:
        return str(rule(text))
    except Refused:
        return None
