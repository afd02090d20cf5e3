"""What is told again for a moment (SPEC A3, W7)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from flask import Flask

from smtp_panel.storage import db, writing
from smtp_panel.storage.lately import HOLDS_SECONDS, MOST, Lately


class Looks:
    """Numbers its looks."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.count


def test_an_answer_holds_for_a_moment() -> None:
    """And each question has its own."""
    now, look = [0.0], Looks()
    lately = Lately[int](lambda: now[0])
    assert [lately.told("a", look), lately.told("a", look), lately.told("b", look)] == [1, 1, 2]
    now[0] += HOLDS_SECONDS
    assert lately.told("a", look) == 3


@pytest.mark.both_engines
def test_what_this_process_commits_ends_it(app: Flask) -> None:
    """What was changed is seen at once, by a session or not; what was taken back is no change.

    Within the transaction it is seen too, and told to nobody else.
    """
    lately, look = Lately[int](lambda: 0.0), Looks()
    with app.app_context():
        lately.follow(db.engine)
        lately.told("a", look)
        with writing(db.session):
            assert [lately.told("a", look), lately.told("a", look)] == [2, 3]
        assert lately.told("a", look) == 4
        with db.engine.begin():
            pass
        assert lately.told("a", look) == 5
        with suppress(LookupError), writing(db.session):
            assert lately.told("a", look) == 6
            raise LookupError
        assert lately.told("a", look) == 5


def test_what_was_read_before_a_change_is_not_told_after_it(app: Flask) -> None:
    """However long the look took."""
    lately, look = Lately[int](lambda: 0.0), Looks()

    def slow() -> int:
        with writing(db.session):
            return look()

    with app.app_context():
        lately.follow(db.engine)
        lately.told("a", slow)
    assert lately.told("a", look) == 2


def test_it_does_not_grow_without_end() -> None:
    """Anybody may ask, by any cookie."""
    lately, look = Lately[int](lambda: 0.0), Looks()
    for number in range(3 * MOST):
        lately.told(number, look)
    assert len(lately._answers) <= MOST
