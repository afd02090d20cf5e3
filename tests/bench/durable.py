"""What a durable outbox costs those who send, and what a million messages in it cost everybody."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, text

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.secret import Secret
from smtp_panel.status.standing import standing
from smtp_panel.storage import db, writing
from tests.bench.outbox import mail, outbox
from tests.servers.postgresql import postgresql_server

COMMITS, FIRST = 1000, 500
WRITERS, EACH = 16, 50  # transactions
MANY = 1_000_000  # messages
WAITING, CLAIMED = 200, 20
ROUNDS = 100

FILL = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) ",
    "postgresql": "WITH n AS (SELECT generate_series(1, {many}) AS i) ",
}
TIDY = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE"}
SENT = (
    "INSERT INTO message (id, state, created_at, send_at, finished_at, sender, subject, message_id,"
    " size, recipients, queue_id)"
    " SELECT '0' || (100000000000000 + i), 'sent', '2026-11-01 00:00:00.000000',"
    " '2026-11-01 00:00:00.000000', '2026-11-01 00:00:00.000000', 'a@test.example', 'test', 'x',"
    " 900, 1, '' FROM n"
)


def enqueue_ratio() -> float:
    """How many times as long accepting takes as a bare commit of one row, at the 99th percentile.

    Both on the same disk, with the same durability, in turn; after the first ones, by which the
    files of their logs grow to the size that they keep.
    """
    with outbox() as queue, tempfile.TemporaryDirectory() as folder:
        bare = sqlite3.connect(f"{folder}/bare.db", isolation_level=None)
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE one (octets)")
        ours, theirs = [], []
        for _ in range(FIRST + COMMITS):
            one = mail()
            theirs.append(_seconds(lambda: bare.execute("INSERT INTO one VALUES (1)")))
            ours.append(_seconds(partial(queue.accept, one)))
        queue.close()
    return _late(ours[FIRST:]) / _late(theirs[FIRST:])


def wait_of_writers() -> float:
    """The milliseconds that a transaction of one of sixteen takes, at the 99th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        app = panel_app(Config(data_dir=Path(folder)))

        def write(_number: int) -> list[float]:
            def one() -> None:
                with writing(db.session) as session:
                    enqueue(session.connection(), [mail()])

            with app.app_context():
                return [_seconds(one) for _ in range(EACH)]

        with ThreadPoolExecutor(WRITERS) as threads:
            waits = [each for found in threads.map(write, range(WRITERS)) for each in found]
    return _late(waits) * 1000


def growth() -> Iterator[tuple[str, float]]:
    """By what: how many times as long it takes beside a million messages as beside none."""
    yield from _growth("SQLite", "")
    with postgresql_server() as cluster, cluster.database() as url:
        yield from _growth("PostgreSQL", url)


def _growth(engine: str, url: str) -> Iterator[tuple[str, float]]:
    with _application(url) as folder:
        before = _times(db.engine, folder)
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM message"))
            connection.execute(text(FILL[connection.dialect.name].format(many=MANY) + SENT))
        after = _times(db.engine, folder)
    for what, seconds in after.items():
        yield f"{what}, {engine}", seconds / before[what]


def _times(engine: Engine, folder: Path) -> dict[str, float]:
    queue = Outbox(engine, "bench", folder)
    queue.beat()
    for _ in range(WAITING):
        queue.accept(mail())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(TIDY[engine.dialect.name]))

    def claim() -> None:
        queue.give_back(queue.claim(CLAIMED))
        queue.flush()

    def look_up() -> None:
        standing(db.session())
        db.session.remove()

    times = {
        "claim": _undisturbed(claim),
        "look-up for an admin": _undisturbed(look_up),
    }
    queue.close()
    return times


@contextmanager
def _application(url: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        app = panel_app(Config(data_dir=Path(folder), database_url=Secret(url)))
        with app.app_context():
            yield Path(folder) / "outbox"
            db.session.remove()
            db.engine.dispose()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _undisturbed(work: Callable[[], object]) -> float:
    """The seconds of the fastest run in ten: what else the machine does only adds to others."""
    work()
    return statistics.quantiles((_seconds(work) for _ in range(ROUNDS)), n=10)[0]


def _late(seconds: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(seconds, n=100)[-1]
