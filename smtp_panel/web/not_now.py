"""What can't be done now, but may be later: why, and when to try again (SPEC L2, A8)."""

from __future__ import annotations

import logging
from typing import NamedTuple

from flask_babel import gettext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from smtp_panel import storage
from smtp_panel.access.limits import LimitReached, LimitsUnavailable
from smtp_panel.access.principal import current_user
from smtp_panel.runs.threads import Busy
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.storage import StorageError, db, storage_error
from smtp_panel.telling.language import in_words
from smtp_panel.telling.refusals import key_unavailable, too_many

log = logging.getLogger(__name__)

# What a request can't help: a disk or a server behind the panel has to be put right first.
SERVICE_UNAVAILABLE = (LimitsUnavailable, *storage.UNAVAILABLE)
NOT_NOW = (LimitReached, Busy, KeyUnavailable, *SERVICE_UNAVAILABLE)
RETRY_AFTER = "5"  # seconds


class NotNow(NamedTuple):
    """Why, in the reader's language, and the status and the headers of the answer that says so."""

    text: str
    status: int
    headers: dict[str, str]


def not_now(reason: Exception) -> NotNow:
    """What to tell of `reason`, one of NOT_NOW; any other is raised."""
    match reason:
        case LimitReached():
            return _later(429, too_many(reason.retry_after), str(reason.retry_after))
        case Busy():
            return _later(429, in_words(reason.sentence))
        case KeyUnavailable():
            return _later(503, key_unavailable(reason))
        case LimitsUnavailable():
            return _later(503, _told(reason.message, reason.remedy, reason.detail))
        case StorageError() | DBAPIError() | PoolTimeout():
            error = storage_error(reason, db.engine.url)
            log.error("%s", error)
            return _later(503, _told(error.cause, error.remedy, error.detail))
    raise reason


def _later(status: int, text: str, seconds: str = RETRY_AFTER) -> NotNow:
    return NotNow(text, status, {"Retry-After": seconds})


def _told(cause: str, remedy: str, detail: str) -> str:
    """Cause and remedy; where it is, and what its driver says, only an admin reads."""
    words = f"{gettext(cause)} {gettext(remedy)}"
    return f"{words} ({detail})" if _an_admin_reads() else words


def _an_admin_reads() -> bool:
    """Whether an admin asks; no, if the database can't tell who asks."""
    try:
        user = current_user()
    except SQLAlchemyError:  # as well where its connection broke, and nothing more can be asked
        return False
    return user is not None and user.is_admin
