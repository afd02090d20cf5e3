"""One point in time by which everything must be over."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Deadline:
    """A deadline `seconds` from now, on a monotonic clock."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self._reserved = 0.0

    def reserve(self, seconds: float) -> None:
        """End `seconds` earlier until this is called again, to have them for what comes later."""
        self._reserved = seconds

    def within(self, seconds: float) -> Deadline:
        """One that ends in `seconds`, or with this one; raises TimeoutError once this is over."""
        return Deadline(min(seconds, self.remaining()), self._clock)

    def remaining(self) -> float:
        """Seconds left, always more than 0; raises TimeoutError once there are none."""
        left = self._end - self._reserved - self._clock()
        if left <= 0:
            raise TimeoutError("deadline exceeded")
        return left
