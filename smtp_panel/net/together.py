"""Work that waits for the network, done side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

AT_ONCE = 32

Item = TypeVar("Item")
Done = TypeVar("Done")


def together(work: Callable[[Item], Done], items: Iterable[Item]) -> list[Done]:
    """What `work` makes of each of `items`, in their order; what it raises is raised."""
    with ThreadPoolExecutor(AT_ONCE, "together") as pool:
        return list(pool.map(work, items))


def as_done(work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """The same, each as soon as it is there, to whoever goes on."""
    with ThreadPoolExecutor(AT_ONCE, "together") as pool:
        for each in as_completed([pool.submit(work, item) for item in items]):
            yield each.result()
