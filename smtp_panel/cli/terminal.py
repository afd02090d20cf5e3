"""Text in columns, of which some characters take two, and lines that are replaced."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, TextIO

import click

from smtp_panel.smtp.text import printable
from smtp_panel.telling.language import ENGLISH, LANGUAGES

WIDTH, WIDEST = 80, 100  # columns: where nobody says how many there are, and at most
CLEAR = "\r\x1b[K"
# What a line may end with: a character of a script without spaces, a word, white space.
_PIECE = re.compile(r"[\u3000-\u9fff\uff00-\uffef][、。」）]*|[^\s\u3000-\u9fff\uff00-\uffef]+|\s+")


def width(text: str) -> int:
    """The columns that `text` takes (Unicode Standard Annex 11)."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def pad(text: str, columns: int) -> str:
    """`text` with spaces behind it, up to so many columns."""
    return text + " " * (columns - width(text))


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`, without control characters."""
    lines = [""]
    for piece in _pieces(printable(text), columns):
        if width(lines[-1] + piece.rstrip()) > columns:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _pieces(text: str, columns: int) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        yield from [piece] if width(piece) <= columns else piece


def forgiving(stream: TextIO) -> TextIO:
    """`stream`, set to show a question mark for each character that its encoding does not have."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def language_of(environ: Mapping[str, str]) -> str:
    """The language of the terminal, by LC_ALL, else LC_MESSAGES, else LANG (POSIX, 8.2)."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, map(environ.get, names)), "")
    return locale[:2] if locale[:2] in LANGUAGES else ENGLISH


@dataclass(frozen=True)
class Terminal:
    """Where a command writes: how wide it is, and whether it knows colours and clears lines."""

    stream: TextIO
    columns: int = WIDTH
    colours: bool = False
    clears: bool = False

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> Terminal:
        """The terminal behind `stream`; a pipe gets plain text (https://no-color.org)."""
        if not stream.isatty() or environ.get("TERM") == "dumb":
            return cls(stream)
        columns = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDEST)
        return cls(stream, columns, colours=not environ.get("NO_COLOR"), clears=True)

    def line(self, text: str = "") -> None:
        """Write a line, in place of what `draft` wrote."""
        self._write(f"{text}\n")

    def draft(self, text: str) -> None:
        """Write what the next line takes the place of; nothing where no line can be cleared."""
        if self.clears:
            self._write(text)

    def paragraph(self, text: str, indent: str = "", **style: Any) -> None:
        """Write `text` in lines that fit."""
        for each in wrapped(text, self.columns - width(indent)):
            self.line(indent + self.styled(each, **style))

    def styled(self, text: str, **style: Any) -> str:
        """`text` in the style that `click.style` takes, where there are colours."""
        return click.style(text, **style) if self.colours else text

    def _write(self, text: str) -> None:
        self.stream.write(CLEAR + text if self.clears else text)
        self.stream.flush()
