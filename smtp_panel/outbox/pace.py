"""How many messages leave in a minute (SPEC M5: within the server's limits)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

MINUTE = 60.0  # seconds
COUNTED = MINUTE + 1  # seconds that those begun in the same second count: a minute for each


class Pace:
    """Counts what leaves, and holds it to `per_minute` where that is set. Safe to use from threads.

    What leaves is spread over the minute: a server may count by the second, and a worker that has
    begun anew knows nothing of what it has sent before. `clock` counts seconds.
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
                wait = max(self._next, self._full_until(self.per_minute)) - now
                if wait > 0:
                    return wait
                self._next = max(self._next, now - MINUTE / self.per_minute)
                self._next += MINUTE / self.per_minute
            self._count(now)
            return 0.0

    def note(self) -> None:
        """Count a message that is begun whatever the pace is."""
        with self._lock:
            self._count(self._clock())

    @property
    def last_minute(self) -> int:
        """How many messages were begun in the last minute."""
        with self._lock:
            since = self._clock() - MINUTE
            return sum(count for second, count in self._begun if second > since)

    def _count(self, now: float) -> None:
        while self._begun and self._begun[0][0] + COUNTED <= now:
            self._begun.popleft()
        second = int(now)
        if self._begun and self._begun[-1][0] == second:
            second, already = self._begun.pop()
            self._begun.append((second, already + 1))
        else:
            self._begun.append((second, 1))

    def _full_until(self, most: int) -> float:
        """By the clock, from when on fewer than `most` have been begun within a minute."""
        so_far = 0
        for second, count in reversed(self._begun):
            so_far += count
            if so_far >= most:
                return second + COUNTED
        return 0.0
