"""The database of PostgreSQL that one test after another gets (SPEC A8)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from tests.servers.reused import ReusedDatabase
from tests.storage.databases import opened, rows

ENTRY = """INSERT INTO audit_entry (at, actor, address, action, changes)
    VALUES ('2030-01-01', 'ada@example.com', '', 'login.failed', '{}')"""


def change(engine: Engine, statement: str) -> None:
    """Make a change that the next test must not see."""
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_each_test_finds_it_as_the_first_one_did(reused: ReusedDatabase) -> None:
    """What migrations put there is back, all else is gone, and numbers begin anew."""
    found = []
    for _ in range(2):
        with reused.lent() as url:
            engine = opened(url)
            found.append(rows(engine))
            change(engine, ENTRY)
            change(engine, "DELETE FROM outbox_pause")
            found.append(rows(engine))
    assert found[:2] == found[2:]
    assert found[0] != found[1]


def test_a_test_that_changed_a_table_is_the_last_to_see_it(reused: ReusedDatabase) -> None:
    for _ in range(2):
        with reused.lent() as url:
            change(opened(url), "ALTER TABLE users RENAME TO lost")


def test_what_a_test_left_running_reaches_no_other(reused: ReusedDatabase) -> None:
    with reused.lent() as url:
        left = opened(url)
        kept = left.connect()
    with reused.lent():
        with pytest.raises(OperationalError):
            kept.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="does not exist"):
            left.connect()
