"""The steps of a check, as a ladder that grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from smtp_panel.smtp.facts import Stage


class State(StrEnum):
    """How a step stands."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its state, its time in milliseconds once it ended, and what was met."""

    step: Stage
    state: State = State.RUNNING
    ms: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The step as JSON data, for the page, the command line and the database."""
        return {
            "step": self.step.value,
            "state": self.state.value,
            "ms": self.ms,
            "detail": dict(self.detail),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        """The step that `to_json` gave."""
        return cls(Stage(data["step"]), State(data["state"]), data["ms"], data["detail"])
