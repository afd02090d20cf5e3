"""What is said at most once a minute of each, so that nobody can fill a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from threading import Lock

PAUSE = 60.0  # seconds
MOST = 1000  # of whom it is known; of others nothing is said until some are forgotten


class Rarely:
    """Tells whether something is due to be said of somebody again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[Hashable, float] = {}
        self._lock = Lock()

    def due(self, whom: Hashable) -> bool:
        """Whether nothing was said of `whom` within PAUSE; it counts as said now."""
        now = self._clock()
        with self._lock:
            self._said = {each: at for each, at in self._said.items() if now - at < PAUSE}
            if whom in self._said or len(self._said) >= MOST:
                return False
            self._said[whom] = now
            return True
