"""A worker for whom time goes twenty times as fast, as a process of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.worker import Worker
from smtp_panel.panel import Panel
from tests.forked import PROCESSES
from tests.outbox.conftest import journals

HASTE = 20


def clock() -> float:
    """The seconds that it believes to have passed."""
    return time.monotonic() * HASTE


def start(config: Config, port: int) -> ForkServerProcess:
    """Start a process that sends by the server at `port` what is in the outbox, until SIGTERM."""
    environ = {
        "SMTP_PANEL_DATA_DIR": str(config.data_dir),
        "SMTP_PANEL_DATABASE_URL": config.database_url.reveal(),
        "SMTP_PANEL_DEFAULT_URL": f"smtp://127.0.0.1:{port}?tls=none",
    }
    process = PROCESSES.Process(target=send, args=[environ])
    process.start()
    return process


def send(environ: Mapping[str, str]) -> None:
    """Send what is in the outbox, until SIGTERM."""
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    panel: Panel = panel_app(Config.from_environ(environ)).extensions[EXTENSION]
    outbox = Outbox(panel.outbox.engine, "hasty", journals(panel.config), clock=clock)
    worker = Worker(
        outbox,
        panel.route,
        panel.delivered,
        wait=lambda event, seconds: event.wait(seconds / HASTE),
        clock=clock,
    )
    worker.start()
    ending.wait()
    worker.stop()
