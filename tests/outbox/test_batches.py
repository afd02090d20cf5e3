"""Many bring work, one does it: what a commit costs is shared (SPEC M7)."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType

import pytest

from smtp_panel.outbox.batches import LARGEST, MANY, RETRY_SECONDS, Batches, Returned

PATIENCE = 20.0  # seconds


class Gate:
    """Work that is busy from its first batch on, until it may `go`; `seen` has the batches.

    An item 2 can't be done.
    """

    def __init__(self) -> None:
        self.busy, self.go = threading.Event(), threading.Event()
        self.seen: list[list[int]] = []

    def work(self, items: Sequence[int]) -> Sequence[int]:
        """Give each item back."""
        self.seen.append(list(items))
        self.busy.set()
        assert self.go.wait(60)
        if 2 in items:
            raise ValueError("two")
        return items


def bring(batches: Batches[int], item: int) -> Future[int]:
    """Bring `item`; the future has its result, or raises why there is none."""
    future: Future[int] = Future()

    def tell(told: Returned) -> None:
        result, error = told
        if error:
            future.set_exception(error)
        else:
            future.set_result(result)

    batches.put(item, tell)
    return future


def test_one_who_fails_at_a_result_keeps_it_from_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """SPEC M3: the thread that writes outlives whatever happens to those it tells."""
    gate = Gate()
    batches = Batches(gate.work, "test")

    def fails(_told: Returned) -> None:
        raise LookupError("a surprise")

    first = bring(batches, 0)
    assert gate.busy.wait(PATIENCE)
    batches.put(1, fails)
    beside = bring(batches, 3)
    gate.go.set()

    assert [first.result(PATIENCE), beside.result(PATIENCE)] == [0, 3]
    assert bring(batches, 4).result(PATIENCE) == 4
    assert "a surprise" in caplog.text
    batches.finish()


def test_each_who_waits_gets_the_result_of_their_own() -> None:
    """However many there are, and in whatever batches they are done."""
    sizes: list[int] = []

    def double(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        return [2 * item for item in items]

    batches = Batches(double, "test")
    brought = [bring(batches, number) for number in range(5 * LARGEST)]

    assert [each.result(60) for each in brought] == [2 * n for n in range(5 * LARGEST)]
    assert sum(sizes) == 5 * LARGEST
    assert max(sizes) <= LARGEST
    batches.finish()


def test_what_comes_during_a_batch_is_the_next_one() -> None:
    """Nobody waits for a batch to fill, and everybody who came meanwhile shares the next."""
    gate = Gate()
    batches = Batches(gate.work, "test")
    first = bring(batches, 0)
    assert gate.busy.wait(60)
    others = [bring(batches, number) for number in (1, 3, 4)]
    gate.go.set()

    assert [each.result(60) for each in (first, *others)] == [0, 1, 3, 4]
    assert gate.seen == [[0], [1, 3, 4]]
    batches.finish()


def test_a_lone_one_is_done_by_the_thread_that_brings_it() -> None:
    """It need not wait for another thread to wake up."""
    threads: list[threading.Thread] = []

    def work(items: Sequence[int]) -> list[int]:
        threads.append(threading.current_thread())
        if 2 in items:
            raise ValueError("two")
        return [2 * item for item in items]

    batches = Batches(work, "test")
    assert batches.do(1) == 2
    with pytest.raises(ValueError, match="two"):
        batches.do(2)
    assert threads == 2 * [threading.current_thread()]
    batches.finish()


def test_those_who_come_while_a_lone_one_is_done_share_the_next_batch() -> None:
    """One is at work at a time, whoever that is."""
    gate = Gate()
    batches = Batches(gate.work, "test")
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(batches.do, 0)
        assert gate.busy.wait(60)
        batches.leave(4)
        others = [bring(batches, number) for number in (1, 3)]
        gate.go.set()
        assert [each.result(60) for each in (first, *others)] == [0, 1, 3]
    batches.flush()

    assert gate.seen[0] == [0]
    assert sorted(number for items in gate.seen[1:] for number in items) == [1, 3, 4]
    batches.finish()


def test_who_leaves_before_they_are_told_keeps_nobody_waiting() -> None:
    """A signal may end the wait, as it does in the main thread of a server that is to stop."""
    gate = Gate()
    batches = Batches(gate.work, "test")
    with ThreadPoolExecutor(4) as threads:
        threads.submit(batches.do, 0)
        assert gate.busy.wait(60)
        others: list[Future[int]] = []

        def leave(_number: int, frame: FrameType | None) -> None:
            if frame is None or frame.f_code.co_name != "do":  # it does not wait yet
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                return
            others.extend(threads.submit(batches.do, number) for number in (1, 3))
            threading.Timer(0.05, gate.go.set).start()
            raise InterruptedError

        before = signal.signal(signal.SIGALRM, leave)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(InterruptedError):
                batches.do(4)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert [each.result(60) for each in others] == [1, 3]
    batches.finish()
    assert sorted(number for items in gate.seen[1:] for number in items) == [1, 3, 4]


def test_what_was_refused_for_want_of_a_thread_is_not_done_later() -> None:
    """SPEC M3: whoever brought it counts it as not done, and may have brought it again."""
    gate = Gate()
    batches = Batches(gate.work, "test")
    usual = threading.stack_size(1 << 46)  # more than there are addresses
    try:
        with pytest.raises(RuntimeError):
            bring(batches, 1)
    finally:
        threading.stack_size(usual)
    gate.go.set()

    assert bring(batches, 3).result(60) == 3
    assert gate.seen == [[3]]
    batches.finish()


def test_one_that_can_t_be_done_spoils_no_other() -> None:
    """Whoever brought it is told, and nobody else."""
    gate = Gate()
    batches = Batches(gate.work, "test")
    brought = [bring(batches, 0)]
    assert gate.busy.wait(60)
    brought += [bring(batches, number) for number in (1, 2, 3)]
    gate.go.set()

    assert [brought[n].result(60) for n in (0, 1, 3)] == [0, 1, 3]
    with pytest.raises(ValueError, match="two"):
        brought[2].result(60)
    batches.finish()


def test_what_nobody_waits_for_is_done_with_others_or_soon() -> None:
    """An outcome need not be written by itself: many share one commit."""
    seen: list[list[int]] = []
    done = threading.Semaphore(0)

    def work(items: Sequence[int]) -> Sequence[int]:
        seen.append(list(items))
        done.release(len(items))
        return items

    batches = Batches(work, "test")
    for number in range(MANY):
        batches.leave(number)
    assert all(done.acquire(timeout=60) for _ in range(MANY))
    batches.leave(MANY)
    assert done.acquire(timeout=60)
    batches.finish()

    assert [number for items in seen for number in items] == list(range(MANY + 1))
    assert len(seen) < MANY


def test_whatever_was_brought_is_done_before_the_end() -> None:
    """SPEC M3: nothing is lost by a stop."""
    seen: list[int] = []

    def work(items: Sequence[int]) -> Sequence[int]:
        seen.extend(items)
        return items

    batches = Batches(work, "test")
    for number in range(3 * LARGEST):
        batches.leave(number)
    batches.finish()

    assert seen == list(range(3 * LARGEST))


def test_what_was_left_and_can_not_be_done_is_tried_again_until_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """SPEC M3: what became of a message is not forgotten because the disk is full.

    That is said once, however many there are and however often they are tried.
    """
    clock = [0.0]
    seen: list[int] = []
    failed, done = threading.Semaphore(0), threading.Event()
    full = threading.Event()
    full.set()

    def work(items: Sequence[int]) -> Sequence[int]:
        if full.is_set():
            failed.release()
            raise OSError("no space left on device")
        seen.extend(items)
        done.set()
        return items

    batches = Batches(work, "test", clock=lambda: clock[0] + time.monotonic())
    batches.leave(1)
    batches.leave(2)
    for tries in (1, 2, 3):
        clock[0] = tries * RETRY_SECONDS
        assert failed.acquire(timeout=60)
    with pytest.raises(OSError, match="no space"):
        bring(batches, 3).result(60)
    assert batches.is_behind
    assert caplog.text.count("what was left can't be done") == 1

    full.clear()
    clock[0] = 9 * RETRY_SECONDS
    assert done.wait(60)
    bring(batches, 4).result(60)
    assert not batches.is_behind
    batches.finish()
    assert sorted(seen) == [1, 2, 4]


def test_what_can_not_be_done_at_all_does_not_keep_it_from_ending() -> None:
    """A process that is told to end does so."""

    def work(_items: Sequence[int]) -> Sequence[int]:
        raise OSError("no space left on device")

    batches = Batches(work, "test")
    batches.leave(1)
    batches.finish()
    assert batches.is_behind


def test_who_comes_after_the_end_waits_only_for_whoever_is_at_work() -> None:
    """SPEC M3: a request that is still answered while the process ends."""
    begun, over = threading.Event(), threading.Event()

    def work(items: Sequence[int]) -> Sequence[int]:
        if items == [1]:
            begun.set()
            over.wait(PATIENCE)
        return items

    batches: Batches[int] = Batches(work, "test")
    batches.leave(0)
    batches.finish()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(batches.do, 1)
        assert begun.wait(PATIENCE)
        second = threads.submit(batches.do, 2)
        over.set()
        assert (first.result(PATIENCE), second.result(PATIENCE)) == (1, 2)
