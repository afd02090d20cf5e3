"""When a schedule is due: cron syntax in a time zone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

_EVERY = "*"
_MINUTES, _HOURS = "0-59", "0-23"


@dataclass(frozen=True, slots=True)
class Timing:
    """The moments that `cron`, five fields as crontab(5) has them, names in the time `zone`.

    Where the clocks of the zone go forward, a time of the day that is left out comes at the end of
    the gap; where they go back, one that comes twice counts once. What comes every hour follows
    the hours as they pass.
    """

    cron: str
    zone: str

    def after(self, moment: datetime.datetime) -> datetime.datetime | None:
        """The first moment after `moment`, in UTC; None where none follows within 50 years."""
        return next(self._after(moment), None)

    def following(self, moment: datetime.datetime, count: int) -> list[datetime.datetime]:
        """The next `count` moments after `moment`, by the clocks of the zone."""
        zone = ZoneInfo(self.zone)
        return [each.astimezone(zone) for each in islice(self._after(moment), count)]

    def _after(self, moment: datetime.datetime) -> Iterator[datetime.datetime]:
        last = moment.astimezone(datetime.UTC)
        # Where the clocks go back, what cronsim gives next may be the first of two, and be past.
        for found in CronSim(_crontab(self.cron), last.astimezone(ZoneInfo(self.zone))):
            if found > last:
                last = found.astimezone(datetime.UTC)
                yield last


def _crontab(cron: str) -> str:
    """`cron` as cronsim takes it for times of the day, which begin with no star.

    A field that does makes it repeat a time that comes twice, and drop one that is left out.
    """
    minute, hour, *days = cron.split()
    if hour != _EVERY:
        minute = minute.replace(_EVERY, _MINUTES, 1) if minute.startswith(_EVERY) else minute
        hour = hour.replace(_EVERY, _HOURS, 1) if hour.startswith(_EVERY) else hour
    return " ".join((minute, hour, *days))
