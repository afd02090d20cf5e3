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
    """A failure that is tried out, by whom, and when it `ends`, aware and in UTC."""

    failure: Failure
    by: str
    ends: datetime


class Switch:
    """Turns failures on and off, one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Tried | None:
        """What was turned on last and not turned off, be its time over or not."""
        try:
            read = json.loads(self._path.read_bytes())
        except (FileNotFoundError, ValueError):  # none, or what a power cut has left of one
            return None
        failure = BY_ID.get(read["id"])  # another version may have written it
        return Tried(failure, read["by"], datetime.fromisoformat(read["ends"])) if failure else None

    def turn_on(self, tried: Tried) -> None:
        """Let `tried` be in place of what was."""
        facts = {"id": tried.failure.id, "by": tried.by, "ends": tried.ends.isoformat()}
        private_file.replace(self._path, json.dumps(facts).encode())

    def turn_off(self) -> None:
        """Let nothing fail."""
        self._path.unlink(missing_ok=True)
