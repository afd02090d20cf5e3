"""A worker for whom time goes twenty times as fast: `python -m tests.outbox.hasty_worker`."""

from __future__ import annotations

import signal
import threading
import time

from smtp_panel.app import create_app
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.worker import Worker
from smtp_panel.panel import EXTENSION, Panel
from tests.outbox.conftest import journals

HASTE = 20


def clock() -> float:
    """The seconds that it believes to have passed."""
    return time.monotonic() * HASTE


def main() -> None:
    """Send what is in the outbox, until SIGTERM."""
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    panel: Panel = create_app().extensions[EXTENSION]
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


if __name__ == "__main__":
    main()
