"""Whether a sentence repeats what was said already."""

from __future__ import annotations

import re

_REPLY = re.compile(r"(\d{3}) (?:([245]\.\d{1,3}\.\d{1,3}) )?(.*)", re.DOTALL)


def quotes(sentence: str, words: str) -> bool:
    """Whether all of `words`, of a reply its codes as well, stands in `sentence` already."""
    reply = _REPLY.fullmatch(words)
    parts = [part for part in (reply.groups() if reply else (words,)) if part]
    return bool(parts) and all(part.strip(" .") in sentence for part in parts)
