"""Why a step failed, in the reader's language where we say it ourselves (SPEC T6)."""

from __future__ import annotations

import re

from smtp_panel.telling.language import in_words
from smtp_panel.words import Said, Sentence

_OF_A_PROGRAMMER = re.compile(r"^\[Errno -?\d+\] | \(_ssl\.c:\d+\)$")


def error_in_words(error: Said) -> str:
    """`error` of a step in the reader's language, where it is ours.

    What a server said, or a library, stays in its words, without the numbers of the library.
    """
    if isinstance(error, Sentence):
        return in_words(error)
    return error if is_reply(error) else _OF_A_PROGRAMMER.sub("", error)


def is_reply(said: Said) -> bool:
    """Whether it is a server's reply, which begins with its code."""
    return isinstance(said, str) and said[:3].isdecimal()
