"""How far a check is, told now and then (SPEC T4, T8)."""

from __future__ import annotations

import threading

from smtp_panel.runs.progress import Progress
from tests.runs.runs import PATIENCE

SOON = 0.01  # seconds
NEVER = 3600.0


def test_each_news_is_told_at_once_where_none_may_wait() -> None:
    """T4."""
    told: list[int] = []
    progress = Progress(lambda: told.append(len(told)), every=0.0)
    for _ in range(3):
        progress.news()
    assert told == [0, 1, 2]


def test_a_check_does_not_wait_for_the_telling_and_its_last_news_are_told() -> None:
    """T4, T8: also those that came while others were being told."""
    telling, go_on, done = threading.Event(), threading.Event(), threading.Event()
    steps: list[str] = []

    def tell() -> None:
        telling.set()
        assert go_on.wait(PATIENCE)
        if "auth" in steps:
            done.set()

    progress = Progress(tell, every=SOON)
    steps.append("dns")
    progress.news()
    assert telling.wait(PATIENCE)
    steps.append("auth")
    progress.news()
    go_on.set()
    assert done.wait(PATIENCE)
    progress.end()


def test_after_the_end_nothing_is_told() -> None:
    """T8: a check that was quick costs no telling at all."""
    told: list[int] = []
    others = set(threading.enumerate())
    progress = Progress(lambda: told.append(1), every=NEVER)
    progress.news()
    progress.end()
    for thread in set(threading.enumerate()) - others:
        thread.join(PATIENCE)
    assert set(threading.enumerate()) <= others
    assert told == []
