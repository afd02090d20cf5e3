"""What was read from the database and is told again for a moment, without another look."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from smtp_panel.storage.writing import Writes

Told = TypeVar("Told")

HOLDS_SECONDS = 1.0
MOST = 1000  # answers; where there are more of them, all are forgotten


class Lately(Generic[Told]):
    """Answers by what was asked, which hold for a second, or until this process writes.

    So a change that is made here is seen at once, and one that is made elsewhere within a second.
    `clock` gives seconds. Safe to use from several threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: dict[Hashable, tuple[float, object, Told]] = {}

    def told(self, asked: Hashable, look: Callable[[], Told]) -> Told:
        """The answer to what is asked, which `look` finds in the database."""
        now, after = self._clock(), Writes.last
        found = self._answers.get(asked)
        if found and now < found[0] and found[1] is after:
            return found[2]
        answer = look()
        if len(self._answers) >= MOST:
            self._answers.clear()
        self._answers[asked] = now + HOLDS_SECONDS, after, answer
        return answer
