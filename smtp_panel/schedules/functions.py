"""Content from the functions of the host, which may take long, but not for ever (SPEC M1)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future

from flask_mail import Message

from smtp_panel.mail.front import ContentFunction
from smtp_panel.schedules.content import NoContent
from smtp_panel.words import N_

MINUTES = 10.0

log = logging.getLogger(__name__)

_UNKNOWN = N_(
    "The application has no content of the name “%(name)s”. Register it there, or choose another."
)
_RAISED = N_("“%(name)s” of the application failed with %(error)s. The log of the server has more.")
_NO_MESSAGE = N_("“%(name)s” of the application gave no message. It has to return a Message.")
_TOO_LONG = N_(
    "“%(name)s” of the application took longer than %(minutes)s minutes. Let it prepare the report"
    " beforehand, or find out what it waits for."
)
_OVERDUE = N_(
    "“%(name)s” of the application has not come to an end since an earlier run. Find out what it"
    " waits for, and restart the application."
)


class Functions:
    """Calls functions of the host, each in a thread of its own, and waits `minutes` for it.

    A thread can't be ended from outside. What is overdue is left to itself: its message is not
    sent, and its function not called again in this process before it has come to an end.
    """

    def __init__(self, minutes: float = MINUTES) -> None:
        self._minutes = minutes
        self._overdue: dict[str, Future[object]] = {}

    def message(self, name: str, contents: Mapping[str, ContentFunction]) -> Message:
        """The message that the function of this name in `contents` gives; raises NoContent."""
        if name not in contents:
            raise NoContent(_UNKNOWN, name=name)
        if name in self._overdue and not self._overdue[name].done():
            raise NoContent(_OVERDUE, name=name)
        made: Future[object] = Future()
        work = name, contents[name], made
        threading.Thread(target=_call, args=work, name="content", daemon=True).start()
        try:
            error = made.exception(self._minutes * 60)
        except TimeoutError:
            self._overdue[name] = made
            raise NoContent(_TOO_LONG, name=name, minutes=f"{self._minutes:g}") from None
        if error:
            raise NoContent(_RAISED, name=name, error=type(error).__name__) from error
        if not isinstance(message := made.result(), Message):
            raise NoContent(_NO_MESSAGE, name=name)
        return message


def _call(name: str, function: ContentFunction, made: Future[object]) -> None:
    try:
        made.set_result(function())
    except (Exception, SystemExit) as error:  # whatever the host's function may meet
        log.exception("the content %r failed", name)
        made.set_exception(error)
