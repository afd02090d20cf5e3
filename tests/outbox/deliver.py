"""Delivers what waits to a port, and prints the octets by which memory grew at its peak.

`python -m tests.outbox.deliver PORT`
"""

from __future__ import annotations

import resource
import sys

from smtp_panel.app import panel_app
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.panel import Panel
from smtp_panel.storage import db
from tests.outbox.conftest import Clock, Hand, journals


def peak() -> int:
    """The most octets of memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(port: int) -> None:
    """Deliver all of it on one connection."""
    app = panel_app()
    with app.app_context():
        panel: Panel = app.extensions[EXTENSION]
        outbox = Outbox(db.engine, "test", journals(panel.config))
        outbox.beat()
        before = peak()
        Hand(outbox, Clock()).deliver(port)
        outbox.close()
        print(peak() - before)


if __name__ == "__main__":
    main(int(sys.argv[1]))
