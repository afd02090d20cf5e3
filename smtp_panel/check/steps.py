"""The steps of a check, collected as they happen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smtp_panel.net.address import is_loopback
from smtp_panel.net.certificates import FEW_DAYS
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.trace import Event, EventKind
from smtp_panel.words import Sentence


class StepState(StrEnum):
    """The state of a step."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its state, its time in milliseconds once it ended, and what was met.

    In `detail` is what JSON can hold, and sentences where the panel says itself what failed.
    """

    step: Stage
    state: StepState = StepState.RUNNING
    ms: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The step as what JSON can hold, its `detail` in English; `from_json` makes it again."""
        detail = _with(str, self.detail)
        said = _with(Sentence.to_json, self.detail)
        return {
            "step": self.step.value,
            "state": self.state.value,
            "ms": self.ms,
            "detail": detail,
            "said": {name: value for name, value in said.items() if value != detail[name]},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        """The step that `to_json` gave, of this version or of one that kept no sentences.

        Raises ValueError for a step or state of which only a newer version knows.
        """
        detail = data["detail"] | _restored(data.get("said", {}))
        return cls(Stage(data["step"]), StepState(data["state"]), data["ms"], detail)


def _with(turn: Callable[[Sentence], Any], met: Any) -> Any:
    """What a step has `met`, with each sentence turned into something else."""
    if isinstance(met, Sentence):
        return turn(met)
    if isinstance(met, Mapping):
        return {name: _with(turn, each) for name, each in met.items()}
    return [_with(turn, each) for each in met] if isinstance(met, list | tuple) else met


def _restored(met: Any) -> Any:
    """What `_with` has turned into JSON data, with its sentences again."""
    if isinstance(met, Mapping):
        if met.keys() == {"message", "params"}:
            return Sentence.from_json(met)
        return {name: _restored(each) for name, each in met.items()}
    return list(map(_restored, met)) if isinstance(met, list) else met


class Ladder:
    """Makes `steps` of what a connection to `endpoint` tells, up to the first that fails.

    `stages` is their order; those that are passed over are skipped. `follow` is called with each
    step when it begins, and again when it has ended.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        steps: dict[Stage, Step],
        endpoint: Endpoint,
        follow: Callable[[Step], None],
    ) -> None:
        self._to_come = list(stages)
        self._steps = steps
        self._endpoint = endpoint
        self._follow = follow
        self._began = 0.0
        self._over = False

    def note(self, event: Event) -> None:
        """Take in an event: a step has begun or ended."""
        if self._over:
            return
        if event.kind is EventKind.STARTED:
            self.skip_to(event.stage)
            self._began = time.perf_counter()
            self._enter(Step(event.stage))
        elif event.kind is EventKind.ADDED:
            step = self._steps[event.stage]
            met = {**step.detail, **event.met}
            self._steps[event.stage] = replace(
                step, state=self._state(event.stage, met), detail=met
            )
        else:
            self._over = event.kind is EventKind.FAILED
            state = StepState.FAILED if self._over else self._state(event.stage, event.met)
            ms = round((time.perf_counter() - self._began) * 1000, 1)
            self._enter(Step(event.stage, state, ms, event.met))

    def skip_to(self, stage: Stage | None) -> None:
        """Skip what comes before `stage`, or all that is left."""
        while self._to_come and (skipped := self._to_come.pop(0)) is not stage:
            self._enter(Step(skipped, StepState.SKIPPED))

    def _enter(self, step: Step) -> None:
        self._steps[step.step] = step
        self._follow(step)

    def _state(self, stage: Stage, met: Mapping[str, Any]) -> StepState:
        exposed = stage is Stage.AUTH and self._endpoint.security is Security.NONE
        ending = stage is Stage.TLS and 0 <= met.get("days_left", FEW_DAYS) < FEW_DAYS
        warned = ending or (exposed and not is_loopback(self._endpoint.server))
        return StepState.WARNED if warned else StepState.PASSED
