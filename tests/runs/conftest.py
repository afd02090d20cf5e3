"""A database for the runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from smtp_panel.storage import db


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """The database of an installation, empty but for its tables."""
    with app.app_context():
        yield db.engine
