"""A change of the catalogue is seen in what it changes for every example."""

from __future__ import annotations

import pytest

from tests.diagnosis.snapshots import FOLDER, SNAPSHOTS


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_what_changed_for_the_examples_was_looked_at(name: str) -> None:
    """D1, D3: which entries stand behind the one that wins, and what an outbox does with each.

    Where the change is meant: python -m tests.diagnosis.snapshots, and read the difference.
    """
    assert SNAPSHOTS[name]() == (FOLDER / name).read_text(encoding="utf-8")
