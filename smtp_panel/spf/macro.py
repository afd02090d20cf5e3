"""Macros: texts with blanks that are filled from the message at hand (RFC 7208, 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from smtp_panel.spf.names import ends_as_domain

# An expansion, one of three escapes, or visible characters, and the spaces of explanations.
_PIECE = re.compile(
    r"%\{(?P<letter>[slodiphvcrt])(?P<parts>[0-9]*)(?P<backwards>r?)(?P<delimiters>[-.+,/_=]*)\}"
    r"|%(?P<escape>[%_-])|(?P<literal>[\x20-\x24\x26-\x7e]+)",
    re.ASCII | re.IGNORECASE,
)
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}


class Unreadable(ValueError):
    """A text does not follow the grammar of RFC 7208, 12."""


class Blank(NamedTuple):
    """A macro to be expanded: which value, and what is done to it.

    The value is split at `delimiters`, put `backwards`, and its last `parts` kept, or all for 0.
    """

    letter: str
    escaped: bool
    parts: int
    backwards: bool
    delimiters: str


MacroText = tuple[str | Blank, ...]
ValueOf = Callable[[str], str]


def macro_text(text: str) -> MacroText:
    """An explanation (RFC 7208, 6.2), or what an unknown modifier says; raises Unreadable."""
    return tuple(_piece(each) for each in _found(text))


def domain_spec(text: str) -> MacroText:
    """The target of a term, which ends with a macro or a top label (RFC 7208, 7.1).

    Raises Unreadable.
    """
    parsed = macro_text(text)
    if not parsed or any(isinstance(each, Blank) and each.letter in "crt" for each in parsed):
        raise Unreadable(text)
    *_, last = _found(text)
    if last["literal"] and not ends_as_domain(last["literal"]):
        raise Unreadable(text)
    return parsed


def expanded(text: MacroText, value_of: ValueOf) -> str:
    """`text` with its blanks filled by the value of each letter, which is in lower case."""
    return "".join(each if isinstance(each, str) else _filled(each, value_of) for each in text)


def _found(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if not found:
            raise Unreadable(text)
        yield found
        place = found.end()


def _piece(found: re.Match[str]) -> str | Blank:
    if found["letter"]:
        return _blank(found)
    return found["literal"] or _ESCAPES[found["escape"]]


def _blank(found: re.Match[str]) -> Blank:
    digits = found["parts"].lstrip("0")
    if found["parts"] and not digits:
        raise Unreadable(found[0])
    return Blank(
        letter=found["letter"].lower(),
        escaped=found["letter"].isupper(),
        parts=int(digits[:4] or 0),  # more parts than a name can have are all
        backwards=bool(found["backwards"]),
        delimiters=found["delimiters"] or ".",
    )


def _filled(blank: Blank, value_of: ValueOf) -> str:
    parts = re.split(f"[{re.escape(blank.delimiters)}]", value_of(blank.letter))
    if blank.backwards:
        parts.reverse()
    value = ".".join(parts[-blank.parts :])
    return quote(value, safe="") if blank.escaped else value
