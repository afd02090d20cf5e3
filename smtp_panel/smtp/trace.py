"""The steps of a conversation as they begin and end, for whoever wants to follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.fault import ERRORS, fault_of
from smtp_panel.smtp.text import printable

Detail = dict[str, Any]


class Moment(StrEnum):
    """Where a step stands; ADDED says that more is known of one that is complete."""

    STARTED = "started"
    COMPLETE = "complete"
    FAILED = "failed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Event:
    """A step began or ended, and what it has met; of one that failed the words of its `error`."""

    stage: Stage
    moment: Moment
    met: Detail


Listener = Callable[[Event], None]


class Trace:
    """Tells `listener` of each step."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener

    @contextmanager
    def step(self, stage: Stage) -> Iterator[Detail]:
        """The block is a step at `stage`, and puts what it meets into the dictionary.

        Whatever the network, the resolver or the TLS library raises in it leaves as a Fault that
        names its stage.
        """
        met: Detail = {}
        self._tell(stage, Moment.STARTED, {})
        try:
            yield met
        except ERRORS as error:
            fault = fault_of(error, stage)
            met["error"] = printable(fault.error)
            self._tell(stage, Moment.FAILED, met)
            raise fault from None
        self._tell(stage, Moment.COMPLETE, met)

    @property
    def followed(self) -> bool:
        """Whether anybody listens."""
        return self._listener is not None

    def add(self, stage: Stage, met: Detail) -> None:
        """More is known of a step that is complete."""
        self._tell(stage, Moment.ADDED, met)

    def _tell(self, stage: Stage, moment: Moment, met: Detail) -> None:
        if self._listener:
            self._listener(Event(stage, moment, met))
