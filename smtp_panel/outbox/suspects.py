"""Messages at which a server hangs up, which looks as if the service failed (SPEC M4)."""

from __future__ import annotations

import threading

MOST = 1000  # messages that are remembered, the latest


class Suspects:
    """Remembers at which messages the service failed, and whether it has taken others since.

    Where it fails at one of those again, that message is to blame; where it fails at another one,
    all begins anew. Safe to use from threads.
    """

    def __init__(self) -> None:
        self._others_taken: dict[str, bool] = {}
        self._lock = threading.Lock()

    def failed_at(self, message: str) -> bool:
        """Note that the service failed at `message` alone; whether that is the message's own."""
        with self._lock:
            own = self._others_taken.pop(message, False)
            if not own:
                self._others_taken = dict.fromkeys(self._others_taken, False)
            self._others_taken[message] = own
            if len(self._others_taken) > MOST:
                del self._others_taken[next(iter(self._others_taken))]
            return own

    def taken(self, message: str) -> None:
        """Note that the service took `message`."""
        if not self._others_taken:
            return
        with self._lock:
            self._others_taken.pop(message, None)
            self._others_taken = dict.fromkeys(self._others_taken, True)
