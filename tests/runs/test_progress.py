"""How far a check is, told now and then (SPEC T4, T8)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from smtp_panel.runs.progress import Progress
from tests.runs.runs import PATIENCE

SOON = 0.01  # seconds
NEVER = 3600.0


def begun(tell: Callable[[str], None], every: float) -> Progress[str]:
    progress = Progress(tell, every)
    progress.start()
    return progress


def test_each_news_is_told_at_once_where_none_may_wait() -> None:
    """T4."""
    told: list[str] = []
    progress = begun(told.append, every=0.0)
    for step in ("dns", "connect", "banner"):
        progress.news(step)
    assert told == ["dns", "connect", "banner"]


def test_a_check_does_not_wait_for_the_telling_and_its_last_news_are_told() -> None:
    """T4, T8: also those that came while others were being told."""
    telling, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def tell(step: str) -> None:
        telling.set()
        assert go_on.wait(PATIENCE)
        if step == "auth":
            done.set()

    progress = begun(tell, every=SOON)
    progress.news("dns")
    assert telling.wait(PATIENCE)
    progress.news("auth")
    go_on.set()
    assert done.wait(PATIENCE)
    progress.end()


def test_after_the_end_nothing_is_told_and_no_thread_is_left() -> None:
    """T8: a check that was quick costs no telling at all."""
    told: list[str] = []
    others = set(threading.enumerate())
    progress = begun(told.append, every=NEVER)
    progress.news("dns")
    progress.end()
    for thread in set(threading.enumerate()) - others:
        thread.join(PATIENCE)
    assert set(threading.enumerate()) <= others
    assert told == []


@pytest.mark.parametrize("every", [0.0, SOON])
def test_news_that_cannot_be_told_do_not_stop_the_next(
    every: float, caplog: pytest.LogCaptureFixture
) -> None:
    """T4, T8: whatever is raised; the check does not notice, and the log says why."""
    failed, done = threading.Event(), threading.Event()

    def tell(step: str) -> None:
        if step == "dns":
            failed.set()
            raise RuntimeError("no such thing")
        done.set()

    progress = begun(tell, every)
    progress.news("dns")
    assert failed.wait(PATIENCE)
    progress.news("connect")
    assert done.wait(PATIENCE)
    progress.end()
    assert "no such thing" in caplog.text
