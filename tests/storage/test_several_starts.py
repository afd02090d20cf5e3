"""Several processes that start at once on one database: all of them go on (SPEC A8, DESIGN)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import text

from smtp_panel.app import panel_app, start
from smtp_panel.config import Config
from tests.forked import at_once
from tests.servers.postgresql import PostgreSQL
from tests.storage.databases import opened

COUNT = 6


@pytest.mark.parametrize("address", ["ada@example.com", ""], ids=["admin", "no-admin"])
def test_processes_that_start_at_once_on_postgresql_all_go_on(
    postgresql: PostgreSQL, tmp_path: Path, address: str
) -> None:
    """They make one first admin and one status of the node, and none of them ends."""
    with postgresql.database() as url:
        environ = {
            "SMTP_PANEL_DATABASE_URL": url,
            "SMTP_PANEL_NODE": "one",
            "SMTP_PANEL_ADMIN_EMAIL": address,
            "SMTP_PANEL_ADMIN_PASSWORD": "correct horse battery" if address else "",
            "SMTP_PANEL_DEFAULT_URL": "smtp://127.0.0.1:1",
        }
        assert at_once(COUNT, begin, environ, tmp_path) == [(0, "")] * COUNT
        with opened(url).connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM users")) == bool(address)
            nodes = connection.execute(text("SELECT node FROM node_status"))
            assert nodes.all() == [("one",)]
            runs = connection.scalar(text("SELECT count(*) FROM check_run WHERE state = 'failed'"))
            assert runs == COUNT


def begin(number: int, together: Barrier, environ: Mapping[str, str], folder: Path) -> None:
    """Start the panel, up to the end of its first check.

    Each has a data folder of its own, as on different machines.
    """
    own = {"SMTP_PANEL_DATA_DIR": str(folder / str(number))}
    app = panel_app(Config.from_environ({**environ, **own}))
    together.wait()
    stop = start(app)
    for thread in threading.enumerate():
        if thread.name.startswith("check "):
            thread.join()
    stop()
