"""How much work a block makes, the same on every machine: calls of functions, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CALLS = 250_000  # of functions, Python's own included


@contextmanager
def little_work() -> Iterator[None]:
    """The block keeps the processor busy for a moment only."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert calls < CALLS
