"""How a rule says no, and how it comes to offer a better value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from smtp_panel.words import Marked, Sentence

T = TypeVar("T")


class Refused(ValueError):
    """What is wrong with a value, in a `sentence`: a text for translation over `params`.

    `suggestion` is a value that the rule accepts, or None where it knows no better one; `link` a
    page of somebody else that says more.
    """

    def __init__(
        self,
        message: Marked,
        params: Mapping[str, str | Sentence] | None = None,
        suggestion: str | None = None,
        link: str | None = None,
    ) -> None:
        self.sentence = Sentence(message, dict(params or {}))
        super().__init__(str(self.sentence))
        self.suggestion = suggestion
        self.link = link

    def suggesting(self, suggestion: str | None) -> Refused:
        """The same said of a value for which there is another `suggestion`."""
        return Refused(self.sentence.message, self.sentence.params, suggestion)


@dataclass(frozen=True, slots=True)
class Notice(Sentence):
    """Something to know about a value that is accepted.

    `link` is a page of somebody else that says more.
    """

    link: str | None = None


def offering(rule: Callable[[str], T], repair: Callable[[str], str], text: str) -> T:
    """What `rule` makes of `text`; a refusal offers the repaired text where the rule takes that."""
    try:
        return rule(text)
    except Refused as refused:
        raise refused.suggesting(_accepted(rule, repair(text))) from None


def _accepted(rule: Callable[[str], T], text: str) -> str | None:
    try:
        return str(rule(text))
    except Refused:
        return None
