"""Locks that somebody keeps on PostgreSQL: nobody waits for one for ever (SPEC A8, M3)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from smtp_panel import storage
from smtp_panel.config import Config
from smtp_panel.outbox import pause
from smtp_panel.outbox.model import MessageState
from smtp_panel.secret import Secret
from smtp_panel.storage import db, postgresql, upgrade
from smtp_panel.storage.migrate import LOCK
from tests.conftest import POSTGRESQL
from tests.outbox.conftest import SILENT, Hand
from tests.servers.processes import wait_until

pytestmark = pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)

HAS_WAITED = """SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND now() - query_start > interval '100 ms'"""

Patience = Callable[[str, int], None]


@pytest.fixture
def patience(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Patience:
    """Lets new connections have another patience of this name, in milliseconds."""

    def have(name: str, milliseconds: int) -> None:
        monkeypatch.setitem(postgresql.PATIENCE, name, milliseconds)
        hand.engine.dispose()

    return have


def test_a_table_that_others_keep_locked_is_told_to_the_caller(
    config: Config, hand: Hand, patience: Patience
) -> None:
    """M3: accepted means stored, else a clear error; a request would keep its thread for ever."""
    patience("lock_timeout", 10)
    with psycopg.connect(config.database_url.reveal()) as other:
        other.execute("LOCK message IN EXCLUSIVE MODE")
        with pytest.raises(OperationalError, match="lock timeout"):
            hand.accept()

    assert not hand.outbox.has_due()
    assert hand.state(hand.accept()) is MessageState.WAITING


def test_a_process_that_stops_within_a_transaction_holds_up_no_other(
    hand: Hand, patience: Patience
) -> None:
    """QUEUE 3.10: its machine, which is alive, keeps the connection open for it."""
    patience("idle_in_transaction_session_timeout", 50)
    with hand.engine.connect() as stopped:
        pause.lock(stopped)
        hand.outbox.service_failed(SILENT, 0, probing=False)
        with pytest.raises(DBAPIError, match="idle-in-transaction"):
            pause.lock(stopped)

    assert hand.pause().failures == 1


def test_what_the_operator_says_of_it_goes_first(config: Config, database_url: Secret) -> None:
    """A8: in the URL, or for the role or the database."""
    stated = Secret(f"{database_url.reveal()}?options=-c%20lock_timeout%3D7s")
    app = Flask("bare")
    storage.init_app(app, Config(data_dir=config.data_dir, database_url=stated))
    with app.app_context(), db.engine.connect() as connection:
        found = [connection.scalar(text(f"SHOW {name}")) for name in postgresql.PATIENCE]
    assert found == ["7s", "30s"]


def test_who_starts_while_another_process_migrates_waits_for_it(
    config: Config, hand: Hand, patience: Patience
) -> None:
    """A8: however long that takes."""
    patience("lock_timeout", 10)
    url = config.database_url.reveal()
    with (
        psycopg.connect(url) as migrates,
        psycopg.connect(url, autocommit=True) as watches,
        ThreadPoolExecutor(1) as thread,
    ):
        migrates.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        starts = thread.submit(upgrade, hand.engine)
        wait_until(lambda: starts.done() or watches.execute(HAS_WAITED).fetchone() == (1,))
        migrates.commit()
        starts.result()
