"""What happens while the database takes nothing (SPEC M3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from smtp_panel.outbox.model import MessageState
from smtp_panel.storage import sqlite
from tests.outbox.conftest import Hand
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until

FULL = "database or disk is full"
FILLED = {
    "sqlite": [
        f"CREATE TRIGGER filled BEFORE INSERT ON %s BEGIN SELECT RAISE(ABORT, '{FULL}'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION filled() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE '{FULL}' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER filled BEFORE INSERT ON %s EXECUTE FUNCTION filled()",
    ],
}
EMPTIED = {"sqlite": "DROP TRIGGER filled", "postgresql": "DROP FUNCTION filled CASCADE"}


@contextmanager
def filled(hand: Hand, table: str) -> Iterator[None]:
    """No row goes into `table`, until the block ends."""
    engine = hand.engine.dialect.name
    with hand.engine.begin() as connection:
        for statement in FILLED[engine]:
            connection.exec_driver_sql(statement.replace("%s", table))
    yield
    with hand.engine.begin() as connection:
        connection.exec_driver_sql(EMPTIED[engine])


@pytest.mark.both_engines
def test_no_message_is_begun_while_it_can_not_be_written_down_what_became_of_another(
    hand: Hand,
) -> None:
    """QUEUE, failure 2: sent, but the outcome was lost, so that it is sent twice."""
    message = hand.accept(octets=b"Message-ID: <1@test.example>\r\n\r\nHello\r\n")
    with filled(hand, "delivery_attempt"), chaotic_server() as server:
        hand.deliver(server.port)
        wait_until(lambda: not hand.outbox.may_begin)
        later = hand.accept()
        assert hand.deliver(server.port) == 0
    assert server.taken.total() == 1

    wait_until(lambda: hand.state(message) is MessageState.SENT)
    assert hand.outbox.may_begin
    assert hand.state(later) is MessageState.WAITING


@pytest.mark.both_engines
def test_what_can_not_be_stored_is_refused_and_not_accepted(hand: Hand) -> None:
    """SPEC M3: accepted means on disk; else whoever sends it is told."""
    with filled(hand, "message_body"):
        with pytest.raises(DatabaseError, match=FULL):
            hand.accept()
        assert not hand.outbox.has_due()

    assert hand.state(hand.accept()) is MessageState.WAITING


def test_a_database_that_others_keep_locked_is_told_to_the_caller(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: once it has waited long enough, and nothing of the message is left behind."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 10)
    with closing(sqlite3.connect(str(hand.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="database is locked"):
            hand.accept()

    assert not hand.outbox.has_due()
    assert hand.state(hand.accept()) is MessageState.WAITING
