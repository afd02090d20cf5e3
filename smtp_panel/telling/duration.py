"""How long something took, as people read it."""

from __future__ import annotations

from flask_babel import gettext

SECOND = 1000  # milliseconds


def lasted(ms: float) -> str:
    """`ms` milliseconds in the reader's language, from a second on in seconds."""
    if round(ms) >= SECOND:
        return gettext("%(seconds)s s", seconds=f"{ms / SECOND:.1f}")
    return gettext("%(ms)s ms", ms="< 1" if ms < 1 else f"{ms:.0f}")
