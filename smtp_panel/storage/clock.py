"""The time by which all machines of an installation go: that of their database (SPEC A8, W3).

They judge one another by moments that they write down: when a node was seen, when a message is due.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EVERY = 10.0  # seconds, between looks at the time of the database
SAME = timedelta(seconds=1)  # what differs by less is the same time
DIFFERS = (
    "the clock of this machine differs from that of the database by %d seconds: synchronize both;"
    " until then SMTP Panel goes by the database's"
)

log = logging.getLogger(__name__)


class MachineClock:
    """The clock of a machine, by which `system` tells the time, set by that of the database."""

    def __init__(self, system: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.system = system
        self._ahead = timedelta()
        self._compared: float | None = None

    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.system() - self._ahead

    @property
    def is_to_be_compared(self) -> bool:
        """Whether it was not compared with the time of the database for a while."""
        return self._compared is None or time.monotonic() - self._compared >= EVERY

    def compare(self, asked: datetime, there: datetime) -> None:
        """Go by the time that it was `there`, which was `asked` for at this time of the system's.

        It may have taken long to be told, which is no difference. One is said once in the log,
        until there is none any more.
        """
        told = self.system()
        ahead = max(asked - there, timedelta()) or min(told - there, timedelta())
        ahead = ahead if abs(ahead) > SAME else timedelta()
        if ahead and not self._ahead:
            log.warning(DIFFERS, round(ahead.total_seconds()))
        self._ahead, self._compared = ahead, time.monotonic()


# The database of a process is one, and so is its time.
machine = MachineClock()


def utcnow() -> datetime:
    """This moment, in UTC."""
    return machine.now()
