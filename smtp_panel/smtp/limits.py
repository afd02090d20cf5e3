"""How long each phase of a conversation may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum, auto

from smtp_panel.net.deadline import Deadline


class Phase(StrEnum):
    """What is waited for, as far as RFC 5321, section 4.5.3.2, tells one wait from another.

    CONNECT: look-up, connection and handshake; COMMAND: the reply to a command, and the greeting;
    DATA: the go-ahead for the content; BLOCK: that a piece of it is taken; END: the reply to the
    final dot.
    """

    CONNECT = auto()
    COMMAND = auto()
    DATA = auto()
    BLOCK = auto()
    END = auto()


Limits = Callable[[Phase], Deadline]  # the deadline of a phase that begins now

DELIVERY: Mapping[Phase, float] = {
    Phase.CONNECT: 60.0,
    Phase.COMMAND: 300.0,
    Phase.DATA: 120.0,
    Phase.BLOCK: 180.0,
    Phase.END: 600.0,
}  # seconds, no fewer than RFC 5321, section 4.5.3.2, wants


def overall(deadline: Deadline) -> Limits:
    """Limits for a check: the one `deadline` over all phases."""
    return lambda _phase: deadline


def per_phase(phase: Phase) -> Deadline:
    """Limits for a delivery: each phase has a time of its own, from when it begins."""
    return Deadline(DELIVERY[phase])
