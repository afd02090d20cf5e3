"""The events of a conversation: its steps as they begin and end, for a listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any

from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.fault import ERRORS, fault_of
from smtp_panel.smtp.text import printable
from smtp_panel.words import changed

Detail = dict[str, Any]


class EventKind(StrEnum):
    """What happened to a step; ADDED: there is more detail of one that is complete."""

    STARTED = "started"
    COMPLETE = "complete"
    FAILED = "failed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Event:
    """A step began or ended, and what it has met; of one that failed the words of its `error`."""

    stage: Stage
    kind: EventKind
    met: Detail


Listener = Callable[[Event], None]


class StepContext:
    """A step at `stage` as a context: it tells of its begin and of its end.

    The block puts what it meets into the dictionary. Whatever the network, the resolver or the TLS
    library raises in it leaves as a Fault that names its stage.
    """

    __slots__ = ("_listener", "_met", "_stage")

    def __init__(self, stage: Stage, listener: Listener | None) -> None:
        self._stage = stage
        self._listener = listener
        self._met: Detail = {}

    def __enter__(self) -> Detail:
        if self._listener:
            self._listener(Event(self._stage, EventKind.STARTED, {}))
        return self._met

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if error is None:
            if self._listener:
                self._listener(Event(self._stage, EventKind.COMPLETE, self._met))
        elif isinstance(error, ERRORS):
            fault = fault_of(error, self._stage)
            self._met["error"] = changed(fault.error, printable)
            if self._listener:
                self._listener(Event(self._stage, EventKind.FAILED, self._met))
            raise fault from None


class Trace:
    """Tells `listener` of each step."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener

    def step(self, stage: Stage) -> StepContext:
        """A context, the block of which is a step at `stage`."""
        return StepContext(stage, self._listener)

    @property
    def followed(self) -> bool:
        """Whether there is a listener."""
        return self._listener is not None

    def add(self, stage: Stage, met: Detail) -> None:
        """Tell more detail of a step that is complete."""
        if self._listener:
            self._listener(Event(stage, EventKind.ADDED, met))
