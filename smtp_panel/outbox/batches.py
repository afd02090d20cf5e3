"""Many threads bring work, one does it in batches: what a commit costs is shared (group commit)."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Returned = tuple[Any, Exception | None]  # what `work` gave for an item, or why it did not
Tell = Callable[[Returned], None]
# A result, and what wakes the next one.
Results = SimpleQueue[tuple[Returned, Callable[[], object]]]
BatchItem = tuple[Item, Tell | Results | None]  # what was brought, and who is told
LARGEST = 200  # items
MANY = 100  # items that need not wait for others: a commit is dear, and keeps other processes out
PATIENCE = 0.05  # seconds that what was left waits for others
RETRY_SECONDS = 1.0  # until that is tried again which was left, and could not be done
PASSING = 0.005  # seconds in which those who wait tell each other

log = logging.getLogger(__name__)


class Batches(Generic[Item]):
    """Hands to `work` all that was brought while it was busy with the batch before.

    `work` gives a result for each item, and is never called twice at once. Nobody waits for a batch
    to fill: a lone item is a batch of one. Where a batch of several fails, each of its items is
    done by itself, so that one that can't be done spoils no other. Those who waited for a batch
    wake each other, one by one, before the next begins, which then has all that they bring at once:
    all awake together would only be in each other's way. A daemon thread called `name` does it,
    from the first item on, but for what a lone one can do at once who waits for it; `clock` counts
    seconds.
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
        self._brought: deque[BatchItem[Item]] = deque()
        self._left: deque[BatchItem[Item]] = deque()
        self._left_at = 0.0  # when the first of them was
        self._count = self._done = self._flushed = 0  # of what was left
        self._retry_at: float | None = None
        self._busy = self._finishing = self._ended = False
        self._failed = False  # that something which was left can't be done has been said
        self._change = threading.Condition()
        self._progress = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def do(self, item: Item) -> Any:
        """Bring `item` and give its result, or raise what `work` raised for it.

        Where nobody else is at work this thread is, which spares it the wait for another.
        """
        with self._change:
            self._change.wait_for(lambda: not (self._ended and self._busy))
            alone = not self._busy and not self._brought
            if alone:
                self._busy = True
        if alone:
            try:
                [result] = self._work([item])
            finally:
                self._go_on()
            return result
        told: Results = SimpleQueue()
        self._bring(item, told)
        (result, error), wake_next = told.get()
        wake_next()
        if error:
            raise error
        return result

    def put(self, item: Item, tell: Tell) -> None:
        """Bring `item`; `tell` is called with its result by whoever does it."""
        self._bring(item, tell)

    def _bring(self, item: Item, tell: Tell | Results) -> None:
        with self._change:
            self._wake()  # which may fail, and then nothing was brought
            self._brought.append((item, tell))

    def leave(self, item: Item) -> None:
        """Bring `item` without waiting for it: it is done together with others, or soon.

        Where `work` raises, that is logged once until it works again; it is tried until it is done.
        """
        with self._change:
            if not self._left:
                self._left_at = self._clock()
            self._left.append((item, None))
            self._count += 1
            if len(self._left) in {1, MANY}:
                self._wake()

    def flush(self) -> bool:
        """Whether all that was left so far is done, or it can't be for now; waits until then."""
        with self._change:
            count = self._flushed = self._count
            self._wake()
        with self._progress:
            self._progress.wait_for(lambda: self._done >= count or self.is_behind)
            return self._done >= count

    @property
    def is_behind(self) -> bool:
        """Whether something was left that can't be done for now."""
        return self._retry_at is not None

    def finish(self) -> bool:
        """Do what was brought so far, and end; whether all of that could be done.

        Who brings more by `do` does it, one after the other.
        """
        with self._change:
            self._finishing, self._retry_at = True, None
            self._wake()
        self._thread.join()
        return not self._left

    def _wake(self) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self._change.notify()

    def _go_on(self) -> None:
        """Be at work no longer; what was brought meanwhile is left to the thread."""
        with self._change:
            self._busy = False
            if self._brought or self._is_time or self._finishing:
                self._wake()

    def _run(self) -> None:
        while batch := self._next():
            self._do(batch)
            with self._change:
                self._busy = False
            with self._progress:
                self._progress.notify_all()

    def _next(self) -> Sequence[BatchItem[Item]]:
        """What is to be done next; nothing at the end."""
        with self._change:
            while self._busy or not (self._brought or self._is_time or self._is_over):
                self._change.wait(PATIENCE if self._left else None)
            batch = list(_first(self._brought))
            if self._is_time:
                self._retry_at = None
                batch += _first(self._left)
            self._busy, self._ended = bool(batch), not batch
            return batch

    @property
    def _is_time(self) -> bool:
        """Whether that is to be done which was left."""
        if not self._left:
            return False
        now = self._clock()
        if self._retry_at is not None:
            return now >= self._retry_at
        at_once = self._finishing or self._flushed > self._done or len(self._left) >= MANY
        return at_once or now - self._left_at >= PATIENCE

    @property
    def _is_over(self) -> bool:
        return self._finishing and (not self._left or self.is_behind)

    def _do(self, batch: Sequence[BatchItem[Item]]) -> None:
        try:
            results = self._work([item for item, _ in batch])
        except Exception as error:  # whoever brought it is told
            if len(batch) > 1:
                for each in batch:
                    self._do([each])
            elif tell := batch[0][1]:
                _tell([(tell, (None, error))])
            else:
                if not self._failed:
                    log.exception("what was left can't be done, and is tried again until it is")
                self._failed = True
                self._left.append(batch[0])
                self._retry_at = self._clock() + RETRY_SECONDS
        else:
            given = [(tell, (r, None)) for (_, tell), r in zip(batch, results, strict=True) if tell]
            _tell(given)
            if left := len(batch) - len(given):
                self._done += left
                self._failed = False


def _tell(given: Sequence[tuple[Tell | Results, Returned]]) -> None:
    """Give each their result, and return once those who waited are awake."""
    waited: list[tuple[Results, Returned]] = []
    for tell, result in given:
        if isinstance(tell, SimpleQueue):
            waited.append((tell, result))
        else:
            _call(tell, result)
    all_awake = threading.Lock()
    all_awake.acquire()
    wake: Callable[[], object] = all_awake.release
    for told, result in reversed(waited):
        wake = partial(told.put, (result, wake))
    wake()
    if len(waited) > 1 and not all_awake.acquire(timeout=PASSING):
        for told, result in waited:  # one is slow, or has left by a signal: no other suffers
            told.put((result, lambda: None))


def _call(tell: Tell, result: Returned) -> None:
    """Whatever happens to one who is told, all others are told too, and the thread goes on."""
    try:
        tell(result)
    except Exception:
        log.exception("what became of something that was brought can't be told")


def _first(items: deque[BatchItem[Item]]) -> Iterator[BatchItem[Item]]:
    for _ in range(min(LARGEST, len(items))):
        yield items.popleft()
