"""Delivers what waits to a port, and prints the octets by which memory grew at its peak.

`python -m tests.outbox.deliver PORT`
"""

from __future__ import annotations

import resource
import sys
import time

from smtp_panel.app import create_app
from smtp_panel.net.network import Network
from smtp_panel.outbox.courier import Courier
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.route import Route
from smtp_panel.panel import EXTENSION, Panel
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.storage import db
from tests.outbox.conftest import journals


def peak() -> int:
    """The most octets of memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(port: int) -> None:
    """Deliver all of it on one connection."""
    app = create_app()
    with app.app_context():
        panel: Panel = app.extensions[EXTENSION]
        outbox = Outbox(db.engine, "test", journals(panel.config))
        outbox.beat()
        endpoint = Endpoint(server="127.0.0.1", port=port, tls=False)
        route = Route(
            endpoint=endpoint, network=Network(), tokens=Tokens(), envelope_sender="", version=1
        )
        courier = Courier(
            outbox,
            route,
            lambda: True,
            lambda _: False,
            lambda: None,
            accepted=lambda: None,
            pace=Pace(time.monotonic),
            idle_seconds=0,
        )
        before = peak()
        courier.run()
        outbox.close()
        print(peak() - before)


if __name__ == "__main__":
    main(int(sys.argv[1]))
