"""A database for what was seen of domains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from smtp_panel.storage import db, writing


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A transaction on the database of an installation, empty but for its tables."""
    with app.app_context(), writing(db.session) as own:
        yield own
