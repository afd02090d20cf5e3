"""One point in time by which everything must be over."""

from __future__ import annotations

import time
from collections.abc import Callable

from smtp_panel.words import N_, Marked, Sentence

Clock = Callable[[], float]


class TimedOut(TimeoutError):
    """A time that we set is over, as the `sentence` says."""

    def __init__(self, message: Marked) -> None:
        super().__init__(message)
        self.sentence = Sentence(message)


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
        """One that ends in `seconds`, or with this one; raises TimedOut once this is over."""
        return Deadline(min(seconds, self.remaining()), self._clock)

    def remaining(self) -> float:
        """Seconds left, always more than 0; raises TimedOut once there are none."""
        left = self._end - self._reserved - self._clock()
        if left <= 0:
            raise TimedOut(N_("deadline exceeded"))
        return left
