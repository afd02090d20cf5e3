"""When a message that waits is tried next, or what it waits for, in words (SPEC M5, M6)."""

from __future__ import annotations

import datetime

from flask_babel import gettext

from smtp_panel.outbox.model import Pause
from smtp_panel.telling.language import when


def next_try(due: datetime.datetime, pause: Pause, now: datetime.datetime) -> str:
    """When one that is `due` is tried; where that has passed, why it was not yet."""
    if due > now:
        return when(due)
    if pause.held_by:
        return gettext("As soon as sending is resumed")
    if pause.failures:
        return gettext("As soon as the mail server takes mail again")
    if pause.full_until and pause.full_until > now:
        return gettext("When the sending limit has room again: %(at)s", at=when(pause.full_until))
    return gettext("As soon as it is its turn")
