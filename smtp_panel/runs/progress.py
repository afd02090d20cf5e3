"""Tells now and then how far a check is, so that the check need not wait for the telling."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Progress:
    """Calls `tell` after news, at most once in `every` seconds; 0 tells each at once."""

    def __init__(self, tell: Callable[[], None], every: float) -> None:
        self._tell = tell
        self._every = every
        self._told = time.monotonic()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._fresh = False

    def news(self) -> None:
        """Tell now where that is due, else soon, in a thread of its own."""
        with self._lock:
            self._fresh = True
            if self._timer:
                return
            due = self._told + self._every - time.monotonic()
            if due > 0:
                self._tell_in(due)
                return
        self._tell_now()

    def end(self) -> None:
        """Tell nothing any more; what is being told at this moment may still be."""
        with self._lock:
            self._fresh = False
            if self._timer:
                self._timer.cancel()

    def _tell_in(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._tell_late)
        self._timer.daemon = True
        self._timer.start()

    def _tell_late(self) -> None:
        self._tell_now()
        with self._lock:
            self._timer = None
            if self._fresh:
                self._tell_in(self._every)

    def _tell_now(self) -> None:
        with self._lock:
            self._fresh = False
        self._tell()
        with self._lock:
            self._told = time.monotonic()
