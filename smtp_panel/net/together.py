"""Work that waits for the network, done side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

AT_ONCE = 32

Item = TypeVar("Item")
Done = TypeVar("Done")
Given = ParamSpec("Given")


class Threads:
    """At most so many threads that do work, to the end of a `with` block.

    Where this machine allows no more of them, whoever brings work does it, which takes longer.
    """

    def __init__(self, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(most, name)

    def submit(
        self, work: Callable[Given, Done], *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Done]:
        """Do `work`; what it gives, or raises, is told by the future."""
        done: Future[Done] = Future()
        begun = threading.Lock()

        def turn() -> None:
            if not begun.acquire(blocking=False):
                return
            try:
                done.set_result(work(*args, **kwargs))
            except BaseException as error:
                done.set_exception(error)
                raise

        try:
            self._pool.submit(turn)
        except RuntimeError:  # can't start new thread; one that there is may come to it first
            with suppress(Exception):
                turn()
        return done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown()


def together(work: Callable[[Item], Done], items: Iterable[Item]) -> list[Done]:
    """What `work` makes of each of `items`, in their order; what it raises is raised."""
    with Threads(AT_ONCE, "together") as threads:
        return [each.result() for each in [threads.submit(work, item) for item in items]]


def as_done(work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """The same, each as soon as it is there, to whoever goes on."""
    with Threads(AT_ONCE, "together") as threads:
        for each in as_completed([threads.submit(work, item) for item in items]):
            yield each.result()
