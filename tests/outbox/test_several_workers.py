"""Several workers with one database, as on as many machines (SPEC A8, M3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox.model import Message, MessageState
from smtp_panel.outbox.worker import Worker
from smtp_panel.panel import Panel
from smtp_panel.secret import Secret
from smtp_panel.settings import earlier
from smtp_panel.storage import sqlite, writing
from tests.conftest import POSTGRESQL
from tests.forked import at_once
from tests.outbox.conftest import Hand, letter, route_to
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until

COUNT, EACH = 6, 10


@pytest.fixture
def another_writer(hand: Hand) -> Iterator[sqlite3.Connection]:
    """The connection of another process, which is writing."""
    other = sqlite3.connect(hand.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_what_is_accepted_while_another_process_writes_waits_for_it(
    hand: Hand, another_writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: as soon as that one is done, it is on disk."""

    def pauses() -> Iterator[float]:
        yield 0.0
        another_writer.rollback()
        yield 0.0

    monkeypatch.setattr(sqlite, "pauses", pauses)

    assert hand.state(hand.accept()) is MessageState.WAITING


def test_where_another_process_writes_for_ever_that_is_told(
    hand: Hand, another_writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: accepted means stored, else a clear error to the caller."""
    monkeypatch.setattr(sqlite, "pauses", list)
    with pytest.raises(OperationalError, match="locked"):
        hand.accept()

    another_writer.rollback()

    assert hand.state(hand.accept()) is MessageState.WAITING


def sent(engine: Engine) -> int:
    """How many messages have left."""
    with engine.connect() as connection:
        found = select(func.count()).select_from(Message)
        return connection.scalar(found.where(Message.state == MessageState.SENT)) or 0


def work(number: int, together: Barrier, environ: Mapping[str, str], folder: Path) -> None:
    """Accept messages and send whatever waits, until all of everybody's have left."""
    own = {"SMTP_PANEL_DATA_DIR": str(folder / str(number)), "SMTP_PANEL_NODE": str(number)}
    panel: Panel = panel_app(Config.from_environ({**environ, **own})).extensions[EXTENSION]
    worker = Worker(panel.outbox, panel.route, panel.delivered)
    together.wait()
    worker.start()
    for each in range(EACH):
        octets = f"Message-ID: <{number}-{each}@test.example>\r\n\r\nThe news.\r\n".encode()
        panel.outbox.accept(letter(octets=octets))
    wait_until(lambda: sent(panel.outbox.engine) == COUNT * EACH)
    worker.stop()


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_six_processes_at_once_send_each_message_once(database_url: Secret, tmp_path: Path) -> None:
    """SPEC M3: whoever accepted it, one of them sends it, and nobody else."""
    with chaotic_server() as server:
        environ = {
            "SMTP_PANEL_DATABASE_URL": database_url.reveal(),
            "SMTP_PANEL_DEFAULT_URL": f"smtp://127.0.0.1:{server.port}?tls=none",
        }
        assert at_once(COUNT, work, environ, tmp_path) == [(0, "")] * COUNT

    assert sorted(server.taken.values()) == [1] * COUNT * EACH


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_two_that_find_at_the_same_time_that_mail_leaves_by_new_settings_both_go_on(
    config: Config,
) -> None:
    """SPEC A8: the one who is later waits until the other has kept the settings."""
    panel: Panel = panel_app(config).extensions[EXTENSION]
    engine, route = panel.outbox.engine, route_to(1)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as thread:
        with Session(engine) as own, writing(own) as session:
            earlier.keep(session, panel.environment, 0, sent=True)
            session.flush()
            later = thread.submit(panel.delivered, replace(route, version=0))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
                wait_until(lambda: other.scalar(waits))
        later.result(60)
