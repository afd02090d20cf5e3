"""Several things at once, each of which waits for the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(works: Sequence[Callable[[], T]]) -> list[T]:
    """What `works` give, in their order; each has a thread of its own. Raises what one raises."""
    if not works:
        return []
    with ThreadPoolExecutor(len(works), "finding") as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]
