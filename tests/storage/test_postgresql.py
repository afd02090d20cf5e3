"""What each connection to PostgreSQL is told at its start."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from smtp_panel.storage import db
from tests.conftest import POSTGRESQL


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_no_page_waits_until_its_queries_are_compiled(app: Flask) -> None:
    """W7: PostgreSQL takes tables that it never counted for large ones, and compiles for them."""
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("SET LOCAL jit_above_cost = 0"))
        query = text("EXPLAIN (ANALYZE, FORMAT JSON) SELECT sum(size) FROM message WHERE size > 1")
        (plan,) = connection.scalar(query)
    assert "JIT" not in plan
