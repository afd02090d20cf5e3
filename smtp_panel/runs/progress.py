"""Reports the progress of a check from another thread, so that the check need not wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from smtp_panel.runs.threads import in_thread

News = TypeVar("News")
log = logging.getLogger(__name__)


class Progress(Generic[News]):
    """Calls `tell` with the latest news, at most once in `every` seconds, in a thread of its own.

    With 0 seconds `tell` is called at once, in the thread of the caller. What it raises is logged,
    and it is called again for the next news.
    """

    def __init__(self, tell: Callable[[News], None], every: float) -> None:
        self._tell = tell
        self._every = every
        self._latest: News | None = None
        self._fresh = threading.Event()
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin; raises Busy where the machine allows no more threads."""
        if self._every:
            in_thread(self._loop, "progress")

    def news(self, latest: News) -> None:
        """Have `latest` told in place of older news. The caller must not change it any more."""
        self._latest = latest
        if self._every:
            self._fresh.set()
        else:
            self._tell_safely(latest)

    def end(self) -> None:
        """Stop telling; a call that is under way may still finish."""
        self._ended.set()
        self._fresh.set()

    def _loop(self) -> None:
        while not self._ended.wait(self._every):
            self._fresh.wait()
            self._fresh.clear()
            if self._latest is not None and not self._ended.is_set():
                self._tell_safely(self._latest)

    def _tell_safely(self, latest: News) -> None:
        try:
            self._tell(latest)
        except Exception:  # what is told is a help, and the check goes on without it
            log.exception("the progress of a check can't be told")
