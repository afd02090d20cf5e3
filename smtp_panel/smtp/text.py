"""Makes the words of servers and libraries safe to show."""

from __future__ import annotations

MOST_TOLD = 300  # characters of a reply that a step tells


def printable(text: str) -> str:
    """`text` with each control character, which a terminal might obey, replaced by a space."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def one_line(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` characters, an ellipsis at its end where it is cut.

    White space and what can't be printed become single spaces.
    """
    line = " ".join(printable(text[: 2 * limit]).split())
    return line if len(text) <= 2 * limit and len(line) <= limit else line[: limit - 1] + "…"
