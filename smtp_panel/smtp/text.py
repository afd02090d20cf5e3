"""Words of servers and libraries, made fit to be told."""

from __future__ import annotations


def one_line(text: str, limit: int) -> str:
    """`text` on one line, white space and unprintable characters as single spaces, cut."""
    start = text[: 2 * limit]
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return line if len(text) <= 2 * limit and len(line) <= limit else line[: limit - 1] + "…"
