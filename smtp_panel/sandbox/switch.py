"""Which failure is tried out, and until when: a file that all processes read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smtp_panel import private_file
from smtp_panel.sandbox.failures import BY_ID, Failure


@dataclass(frozen=True, slots=True)
class Tried:
    """A failure that is tried out, by whom, and from when to when, aware and in UTC."""

    failure: Failure
    by: str
    began: datetime
    ends: datetime

    def is_on(self, now: datetime) -> bool:
        """Whether this is its time; one that is still to begin was turned on by a clock ahead."""
        return self.began <= now < self.ends


class Switch:
    """Turns failures on and off, one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Tried | None:
        """What was turned on last and not turned off, be its time over or not."""
        try:
            read = json.loads(self._path.read_bytes())
            failure = BY_ID[read["id"]]
            began, ends = (datetime.fromisoformat(read[each]) for each in ("began", "ends"))
        # None, what a power cut has left of one, or what another version has written.
        except (FileNotFoundError, ValueError, KeyError):
            return None
        return Tried(failure, read["by"], began, ends)

    def turn_on(self, tried: Tried) -> None:
        """Let `tried` be in place of what was."""
        times = {"began": tried.began.isoformat(), "ends": tried.ends.isoformat()}
        facts = {"id": tried.failure.id, "by": tried.by, **times}
        private_file.replace(self._path, json.dumps(facts).encode())

    def turn_off(self) -> None:
        """Let nothing fail."""
        self._path.unlink(missing_ok=True)
