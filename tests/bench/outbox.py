"""The outbox against what applications send by otherwise: smtplib, Flask-Mail, django-post-office.

Messages of the outbox are stored durably, delivered, and their fate is written down; a figure is of
all three.
"""

from __future__ import annotations

import json
import os
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.net.network import Network
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.model import Message, MessageState
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.route import Route
from smtp_panel.outbox.worker import Worker
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.storage import db
from tests.bench.kept import CONTENT, RECIPIENT, SENDER
from tests.servers.sink import smtp_sink

MESSAGES = 5000
CALLERS = 16
WORKERS = 2  # processes: one cannot keep more than one core busy
ROUNDS = 5
LOOK_SECONDS = 0.02  # between looks whether everything was sent


@dataclass(frozen=True)
class Ratios:
    """How many times the rate of each other way ours is, the median of rounds in turn."""

    sixteen: float  # callers, with `smtp worker`, of a loop of smtplib on one open connection
    alone: float  # one caller, of the same
    within: tuple[float, float]  # both, where the process that accepts sends as well
    as_durable: tuple[float, float]  # the first two, of a loop that commits what it sends as well
    post_office: float  # sixteen callers within one process, of django-post-office


def outbox_ratios() -> Ratios:
    """The outbox against smtplib and django-post-office, all with the same smtp-sink."""
    with smtp_sink() as port:
        rounds = [_round(port) for _ in range(ROUNDS)]
        office = _post_office(port) / statistics.median(each.within[0] for each in rounds)

    def median(ratio: Callable[[_Round], float]) -> float:
        return statistics.median(map(ratio, rounds))

    return Ratios(
        sixteen=median(lambda each: each.loop / each.beside[0]),
        alone=median(lambda each: each.loop / each.beside[1]),
        within=(
            median(lambda each: each.loop / each.within[0]),
            median(lambda each: each.loop / each.within[1]),
        ),
        as_durable=(
            median(lambda each: each.durable_loop / each.beside[0]),
            median(lambda each: each.durable_loop / each.beside[1]),
        ),
        post_office=office,
    )


class _Round(NamedTuple):
    """The seconds of smtplib's loops, and of sixteen callers and of one, both ways."""

    loop: float
    durable_loop: float
    beside: tuple[float, float]
    within: tuple[float, float]


def _round(port: int) -> _Round:
    route = route_to(Endpoint(server="127.0.0.1", port=port, tls=False))
    return _Round(
        beside=(deliver_beside(port, MESSAGES, CALLERS), deliver_beside(port, MESSAGES, 1)),
        loop=_loop(port),
        durable_loop=_durable_loop(port),
        within=(deliver(route, MESSAGES, CALLERS), deliver(route, MESSAGES, 1)),
    )


def deliver(route: Route, messages: int, callers: int) -> float:
    """The seconds in which so many messages are accepted, of `callers` at once, and all sent."""
    with outbox() as queue:
        worker = Worker(queue, lambda: route, lambda _: None)
        worker.start()
        passed = _all_sent(queue, messages, callers)
        worker.stop()
    return passed


def deliver_beside(port: int, messages: int, callers: int) -> float:
    """The same where `smtp worker` sends them to `port`, in processes of its own."""
    with outbox() as queue, ExitStack() as stack:
        for _ in range(WORKERS):
            stack.enter_context(_worker(Path(queue.engine.url.database or "").parent, port))
        return _all_sent(queue, messages, callers)


@contextmanager
def _worker(folder: Path, port: int) -> Iterator[None]:
    environ = {
        **os.environ,
        "SMTP_PANEL_DATA_DIR": str(folder),
        "SMTP_PANEL_DEFAULT_URL": f"smtp://127.0.0.1:{port}?tls=none",
    }
    command = [sys.executable, "-m", "smtp_panel", "smtp", "worker"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("the worker did not start")
        yield
        process.terminate()


def _all_sent(queue: Outbox, messages: int, callers: int) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as threads:
        shares = [messages // callers + (n < messages % callers) for n in range(callers)]
        list(threads.map(lambda share: _accept(queue, share), shares))
    while _sent(queue) < messages:
        time.sleep(LOOK_SECONDS)
    return time.perf_counter() - began


@contextmanager
def outbox() -> Iterator[Outbox]:
    """An empty outbox on disk."""
    with tempfile.TemporaryDirectory() as folder:
        app = panel_app(Config(data_dir=Path(folder)))
        with app.app_context():
            yield Outbox(db.engine, "bench", Path(folder) / "outbox")
            db.engine.dispose()


def route_to(endpoint: Endpoint) -> Route:
    """The way to a server."""
    return Route(
        endpoint=endpoint, network=Network(), tokens=Tokens(), envelope_sender="", version=1
    )


def mail() -> MailObject:
    """A small message."""
    return MailObject(
        sender=SENDER,
        recipients=[RECIPIENT],
        octets=CONTENT,
        subject="test",
        message_id="<test@test.example>",
    )


def _accept(queue: Outbox, messages: int) -> None:
    for _ in range(messages):
        queue.accept(mail())


def _sent(queue: Outbox) -> int:
    with queue.engine.connect() as connection:
        sent = Message.state == MessageState.SENT
        return connection.scalar(select(func.count()).select_from(Message).where(sent)) or 0


def _loop(port: int) -> float:
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="[127.0.0.1]") as client:
        for _ in range(MESSAGES):
            client.sendmail(SENDER, [RECIPIENT], CONTENT)
    return time.perf_counter() - began


def _durable_loop(port: int) -> float:
    """The same where each message is on disk before it is sent, and what became of it afterwards.

    It is the least that an application writes by hand to promise what the outbox does.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "sent.db", isolation_level=None)) as store,
        smtplib.SMTP("127.0.0.1", port, local_hostname="[127.0.0.1]") as client,
    ):
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, content BLOB, sent INTEGER)")
        began = time.perf_counter()
        for number in range(MESSAGES):
            store.execute("INSERT INTO message VALUES (?, ?, 0)", (number, CONTENT))
            client.sendmail(SENDER, [RECIPIENT], CONTENT)
            store.execute("UPDATE message SET sent = 1 WHERE id = ?", (number,))
        return time.perf_counter() - began


def _post_office(port: int) -> float:
    """The seconds of django-post-office for as many messages, measured in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.post_office", folder, str(port)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: Callable[[str], dict[str, float]] = json.loads
    return MESSAGES * found(told)["seconds_each"]
