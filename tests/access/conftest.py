from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask

from smtp_panel.secret import Secret
from tests.access.application import application, with_tables


class Clock:
    """Seconds since the epoch, that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


class MakeApp(Protocol):
    """Makes an application on the data of this test."""

    def __call__(self, **settings: Any) -> Flask:
        """`settings` are fields of Config."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_app(tmp_path: Path, database_url: Secret) -> MakeApp:
    def make(**settings: Any) -> Flask:
        return with_tables(application(tmp_path, database_url=database_url, **settings))

    return make


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()
