"""How many messages leave in a minute (SPEC M5: within the server's limits)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

MINUTE = 60.0  # seconds


class Pace:
    """Counts what leaves, and holds it to `per_minute` where that is set. Safe to use from threads.

    `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.per_minute: int | None = None
        self._clock = clock
        self._begun: deque[tuple[int, int]] = deque()  # seconds of the clock, and how many in each
        self._next = 0.0
        self._lock = threading.Lock()

    def take(self) -> float:
        """The seconds to wait before another message may be begun; where it is 0, that counts."""
        with self._lock:
            now = self._clock()
            if self.per_minute:
                if now < self._next:
                    return self._next - now
                self._next = max(self._next, now - MINUTE / self.per_minute)
                self._next += MINUTE / self.per_minute
            second = int(now)
            if self._begun and self._begun[-1][0] == second:
                second, already = self._begun.pop()
                self._begun.append((second, already + 1))
            else:
                self._begun.append((second, 1))
            while self._begun[0][0] <= now - MINUTE:
                self._begun.popleft()
            return 0.0

    @property
    def last_minute(self) -> int:
        """How many messages were begun in the last minute."""
        with self._lock:
            since = self._clock() - MINUTE
            return sum(count for second, count in self._begun if second > since)
