"""What runs beside requests: it goes on whatever happens, and ends when it is told to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtp_panel.background import JITTER, STOP_SECONDS, Background, Loop, Ownership
from smtp_panel.storage import StorageError

TURNS = 3


class Pauses:
    """Stands in for time: no pause takes any, and the last of TURNS ends the loop."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.over = threading.Event()

    def __call__(self, stopping: threading.Event, seconds: float) -> bool:
        self.seconds.append(seconds)
        if len(self.seconds) < TURNS:
            return False
        self.over.set()
        return stopping.wait(60)


@pytest.fixture
def ownership(tmp_path: Path) -> Iterator[Ownership]:
    own = Ownership(tmp_path / "data" / "background.lock")
    yield own
    own.release()


def test_a_loop_takes_turns_until_it_is_stopped(ownership: Ownership) -> None:
    """DESIGN: one start, one stop, and no thread left."""
    pauses, turns = Pauses(), []
    background = Background(
        [Loop("counting", 10.0, lambda: turns.append(1))], ownership, wait=pauses
    )
    background.start()
    assert pauses.over.wait(60)
    background.stop()
    assert len(turns) == TURNS
    assert "counting" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(("chance", "share"), [(0.0, 1 - JITTER), (0.5, 1.0), (1.0, 1 + JITTER)])
def test_pauses_differ_from_machine_to_machine(
    ownership: Ownership, chance: float, share: float
) -> None:
    """W5: many nodes never call the server together."""
    pauses = Pauses()
    loop = Loop("calling", 10.0, lambda: None)
    background = Background([loop], ownership, wait=pauses, chance=lambda: chance)
    background.start()
    assert pauses.over.wait(60)
    background.stop()
    assert pauses.seconds == pytest.approx([10.0 * share] * TURNS)


@pytest.mark.parametrize(
    ("works", "said"), [([False, False, False], 1), ([False, True, False], 2), ([True] * TURNS, 0)]
)
def test_a_loop_that_fails_goes_on_and_says_so_once_until_it_works_again(
    ownership: Ownership, caplog: pytest.LogCaptureFixture, works: list[bool], said: int
) -> None:
    """A database that is away for an hour fills no log."""
    pauses, turns = Pauses(), []

    def work() -> None:
        turns.append(1)
        if not works[len(turns) - 1]:
            raise ZeroDivisionError

    background = Background([Loop("dividing", 10.0, work)], ownership, wait=pauses)
    with caplog.at_level(logging.ERROR):
        background.start()
        assert pauses.over.wait(60)
        background.stop()
    assert len(turns) == TURNS
    assert caplog.text.count("dividing failed, and is tried again until it works") == said


def test_a_database_in_trouble_is_told_in_a_sentence(
    ownership: Ownership, caplog: pytest.LogCaptureFixture
) -> None:
    """DESIGN, One start, one stop: with what to do, and no traceback of every loop."""
    pauses = Pauses()

    def work() -> None:
        raise StorageError("The database is away.", "Start it.", "at db:5432")

    background = Background([Loop("reading", 10.0, work)], ownership, wait=pauses)
    background.start()
    assert pauses.over.wait(60)
    background.stop()
    assert "reading failed" in caplog.text
    assert "The database is away. Start it. (at db:5432)" in caplog.text
    assert "Traceback" not in caplog.text


def test_of_many_processes_one_does_what_is_to_be_done_once(tmp_path: Path) -> None:
    """DESIGN: one owner a machine; when it ends another takes over."""
    lock = tmp_path / "background.lock"
    done: list[str] = []

    def turn(name: str, ownership: Ownership) -> None:
        pauses = Pauses()
        loops = [Loop("alone", 10.0, lambda: done.append(name))]
        background = Background(loops, ownership, wait=pauses)
        background.start()
        assert pauses.over.wait(60)
        background.stop()

    first = Ownership(lock)
    assert first.acquire()
    turn("second", Ownership(lock))
    assert done == []
    first.release()
    turn("third", Ownership(lock))
    assert done == ["third"] * TURNS


def test_the_lock_is_let_go_with_the_loops(tmp_path: Path) -> None:
    lock = tmp_path / "background.lock"
    first, second = Ownership(lock), Ownership(lock)
    assert first.acquire()
    assert not second.acquire()
    Background([], first).stop()
    assert second.acquire()
    assert first.acquire() is False
    second.release()


def test_a_stop_waits_for_all_loops_together(
    ownership: Ownership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content that is being fetched by several of them holds up a restart no longer than by one."""
    passed = [0.0]

    def join(_thread: threading.Thread, seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr(threading.Thread, "join", join)
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    Background([Loop(name, 1.0, lambda: None) for name in "abc"], ownership).stop()
    assert passed == [STOP_SECONDS]


def test_the_file_of_the_lock_is_nobody_elses(tmp_path: Path, ownership: Ownership) -> None:
    """Section 11: the data folder is the panel's own."""
    assert ownership.acquire()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "background.lock").stat().st_mode & 0o777 == 0o600


def test_where_no_file_can_be_made_each_process_is_on_its_own(tmp_path: Path) -> None:
    """A8: a container with PostgreSQL, Redis and keys from outside writes no file."""
    (tmp_path / "data").write_text("in the way")
    assert Ownership(tmp_path / "data" / "background.lock").acquire()
