"""The loops that run beside requests, with one start and one stop."""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from smtp_panel.storage import StorageError

JITTER = 0.1  # a pause is up to this part of it shorter or longer, so that machines drift apart
STOP_SECONDS = 10.0  # for the work in hand; what takes longer ends with the process

log = logging.getLogger(__name__)

# What SIGTERM stops, the last one first. A signal is for the whole process, and so is this.
_stops: list[Callable[[], None]] = []


class CannotWork(Exception):
    """What a loop can't do now; the text says why and what to do, and needs no traceback."""


@dataclass(frozen=True)
class Loop:
    """Calls `work`, pauses for about `seconds`, and begins again."""

    name: str
    seconds: float
    work: Callable[[], object]


class Ownership:
    """Which process of a machine runs the loops: the one that holds the file `lock`.

    It holds it until it releases it or ends. Where the file can't be made, every process counts as
    the owner.
    """

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._held: int | None = None
        self._mutex = threading.Lock()

    def acquire(self) -> bool:
        """Take the lock if it is free; True if this process holds it."""
        with self._mutex:
            try:
                if self._held is None:
                    self._held = _locked(self._lock)
            except BlockingIOError:
                return False
            except OSError:
                return True
            return True

    def release(self) -> None:
        """Let another process take the lock."""
        with self._mutex:
            if self._held is not None:
                os.close(self._held)
                self._held = None


class Background:
    """Runs `loops`, each in a thread of its own, from `start()` to `stop()`.

    Of the processes of a machine only the owner works. What a loop raises is logged, once until it
    works again, and the loop goes on. `wait` waits for an event for some seconds, and says whether
    it was set; `chance` gives a random number from 0 to 1, for the jitter.
    """

    def __init__(
        self,
        loops: Sequence[Loop],
        ownership: Ownership,
        *,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ownership = ownership
        self._wait = wait
        self._chance = chance
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True)
            for loop in loops
        ]

    def start(self) -> None:
        """Start every loop; each calls its work at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop every loop, and let another process be the owner."""
        self.rest()
        self._ownership.release()

    def rest(self) -> None:
        """Stop every loop, giving all work under way together at most 10 seconds to end."""
        self._stopping.set()
        end = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self, loop: Loop) -> None:
        failed = False
        while True:
            failed = not self._works(loop, failed=failed)
            pause = loop.seconds * (1 + JITTER * (2 * self._chance() - 1))
            if self._wait(self._stopping, pause):
                return

    def _works(self, loop: Loop, *, failed: bool) -> bool:
        """Whether a turn came to its end; why not is not said again if the one before `failed`."""
        try:
            if self._ownership.acquire():
                loop.work()
        except (StorageError, CannotWork) as error:
            if not failed:
                log.error("%s failed, and is tried again until it works: %s", loop.name, error)
            return False
        except Exception:  # the loop outlives whatever its work may meet
            if not failed:
                log.exception("%s failed, and is tried again until it works", loop.name)
            return False
        return True


def stop_with_process(stop: Callable[[], None]) -> Callable[[], None]:
    """What calls `stop`; if nobody does so before, the end of the process does.

    That may be SIGTERM, where the server has no way of its own to end.
    """

    def stop_early() -> None:
        atexit.unregister(stop_early)
        stop()
        if stop_early in _stops:
            _stops.remove(stop_early)

    atexit.register(stop_early)
    _stops.append(stop_early)
    _heed_sigterm()
    return stop_early


def _heed_sigterm() -> None:
    """Only the main thread may say what a signal does."""
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: object) -> None:
    """End as the signal does. An exception would not do: a server may catch it in a request."""
    for stop in reversed(_stops.copy()):
        stop()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _locked(path: Path) -> int:
    """The descriptor of the file at `path`, locked; BlockingIOError where it is locked already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
