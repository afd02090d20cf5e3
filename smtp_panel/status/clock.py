"""Whether the machines have the same time, by which they judge one another (SPEC A8)."""

from __future__ import annotations

import datetime
import logging

from sqlalchemy import Connection, func, select

MOST = datetime.timedelta(seconds=5)
DIFFERS = (
    "the clock of this machine differs from that of the database by %d seconds: synchronize both,"
    " or nodes that live are shown as gone, and tests as abandoned"
)

log = logging.getLogger(__name__)


class ClockWatch:
    """Says in the log where the database has another time, once until it has the same again."""

    def __init__(self) -> None:
        self._differs = False

    def look(self, connection: Connection, now: datetime.datetime) -> None:
        """Compare `now` with the time of the database; SQLite has that of this machine."""
        if connection.dialect.name == "sqlite":
            return
        there = connection.scalar(select(func.clock_timestamp()))
        difference = now - (there or now)
        differs = abs(difference) > MOST
        if differs and not self._differs:
            log.warning(DIFFERS, round(difference.total_seconds()))
        self._differs = differs
