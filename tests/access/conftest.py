from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.access.application import application, with_tables


class Clock:
    """Seconds since the epoch, that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return with_tables(application(tmp_path))
