"""Many threads bring work, one does it in batches: what a commit costs is shared (group commit)."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
LARGEST = 200  # items
MANY = 50  # items that need not wait for others
PATIENCE = 0.05  # seconds that an item waits for others where nobody waits for it
RETRY_SECONDS = 1.0  # until that is tried again which was left, and could not be done

log = logging.getLogger(__name__)


class Batches(Generic[Item]):
    """Hands to `work` all that was brought while it was busy with the batch before.

    `work` gives a result for each item. Nobody waits for a batch to fill: a lone item is a batch of
    one. Where a batch of several fails, each of its items is done by itself, so that one that can't
    be done spoils no other. A daemon thread called `name` does it, from the first item on; `clock`
    counts seconds.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[object]],
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._clock = clock
        self._retry_at: float | None = None
        self._brought: SimpleQueue[tuple[Item, Future[Any] | None] | None] = SimpleQueue()
        self._left: deque[Item] = deque()
        self._finishing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._starting = threading.Lock()

    def put(self, item: Item) -> Future[Any]:
        """Bring `item`; the future has its result, or raises what `work` raised for it."""
        done: Future[Any] = Future()
        self._start()
        self._brought.put((item, done))
        return done

    def leave(self, item: Item) -> None:
        """Bring `item` without waiting for it: it is done with the next batch, within PATIENCE.

        Where `work` raises for it, that is logged, and it is tried again until it is done.
        """
        self._start()
        self._left.append(item)
        if len(self._left) in {1, MANY}:
            self._brought.put(None)

    @property
    def is_behind(self) -> bool:
        """Whether something was left that can't be done for now."""
        return self._retry_at is not None

    def finish(self) -> None:
        """Do what was brought so far, as far as it can be done, and end."""
        self._finishing = True
        self._brought.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread.ident is None:
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()

    def _run(self) -> None:
        while True:
            batch = self._awaited()
            if self._finishing or self._retry_at is None or self._clock() >= self._retry_at:
                self._retry_at = None
                with suppress(IndexError):
                    while len(batch) < LARGEST:
                        batch.append((self._left.popleft(), None))
            if batch:
                self._do(batch)
            done = self._brought.empty() and (not self._left or self._retry_at is not None)
            if self._finishing and done:
                return

    def _awaited(self) -> list[tuple[Item, Future[Any] | None]]:
        """What somebody waits for; nothing, where enough else is there or has waited long."""
        batch: list[tuple[Item, Future[Any] | None]] = []
        with suppress(Empty):
            while len(batch) < LARGEST:
                enough = len(self._left) >= MANY and self._retry_at is None
                at_once = batch or self._finishing or enough
                patience = PATIENCE if self._left else None
                if brought := self._brought.get(timeout=0 if at_once else patience):
                    batch.append(brought)
        return batch

    def _do(self, batch: Sequence[tuple[Item, Future[Any] | None]]) -> None:
        try:
            results = self._work([item for item, _ in batch])
        except Exception as error:  # whoever brought it is told
            if len(batch) > 1:
                for each in batch:
                    self._do([each])
            elif done := batch[0][1]:
                done.set_exception(error)
            else:
                log.exception("it can't be done, and will be tried again")
                self._left.append(batch[0][0])
                self._retry_at = self._clock() + RETRY_SECONDS
        else:
            for (_, done), result in zip(batch, results, strict=True):
                if done:
                    done.set_result(result)
