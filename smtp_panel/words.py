"""Texts for people: marked where they stand, and translated by whoever shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NewType, Self

Marked = NewType("Marked", str)
Quoted = NewType("Quoted", str)  # the words of a server or a library, which stay as they are


def N_(text: str) -> Marked:  # noqa: N802  (the name gettext tools look for)
    """Mark `text` for extraction and give it back; whoever shows it translates it."""
    return Marked(text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the panel says itself: a text for translation over `params`; `str` gives the English.

    What is filled in stays as it is, unless it is a sentence too.
    """

    message: Marked
    params: Mapping[str, str | Sentence] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message

    def to_json(self) -> dict[str, Any]:
        """The sentence as what JSON can hold; `from_json` makes it again."""
        params = {
            name: value.to_json() if isinstance(value, Sentence) else value
            for name, value in self.params.items()
        }
        return {"message": self.message, "params": params}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | Sequence[Any]) -> Self:
        """The sentence that `to_json` gave, or a pair, as which older versions stored some."""
        if not isinstance(stored, Mapping):
            return cls(*stored)
        params = {
            name: value if isinstance(value, str) else cls.from_json(value)
            for name, value in stored["params"].items()
        }
        return cls(Marked(stored["message"]), params)

    def changed(self, change: Callable[[str], str]) -> Sentence:
        """The sentence, with `change` made to all that is filled in."""
        return Sentence(self.message, {n: changed(each, change) for n, each in self.params.items()})


Said = Sentence | str  # by us, or by somebody else


def changed(said: Said, change: Callable[[str], str]) -> Said:
    """`said`, with `change` made to all in it that is not our own."""
    return change(said) if isinstance(said, str) else said.changed(change)
