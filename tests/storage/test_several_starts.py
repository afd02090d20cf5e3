"""Several processes that start at once on one database: all of them go on (SPEC A8, DESIGN)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage.engine import database_url
from tests.servers.postgresql import PostgreSQL

ROOT = Path(__file__).parents[2]
PROCESSES = 6
START = """
import os, sys, threading
from smtp_panel.app import create_app, start
from smtp_panel.config import Config
app = create_app(Config.from_environ(os.environ))
print("ready", flush=True)
sys.stdin.readline()
start(app)
for thread in threading.enumerate():
    if thread.name.startswith("check "):
        thread.join()
print("done")
"""


@pytest.mark.parametrize("address", ["ada@example.com", ""], ids=["admin", "no-admin"])
def test_processes_that_start_at_once_on_postgresql_all_go_on(
    postgresql: PostgreSQL, tmp_path: Path, address: str
) -> None:
    """They make one first admin and one status of the node, and none of them ends."""
    with postgresql.database() as url:
        environment = {
            "SMTP_PANEL_DATABASE_URL": url,
            "SMTP_PANEL_NODE": "one",
            "SMTP_PANEL_ADMIN_EMAIL": address,
            "SMTP_PANEL_ADMIN_PASSWORD": "correct horse battery" if address else "",
            "SMTP_PANEL_DEFAULT_URL": "smtp://127.0.0.1:1",
        }
        assert starts(environment, tmp_path) == [("done\n", "")] * PROCESSES
        engine = create_engine(database_url(Config(database_url=Secret(url))))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM users")) == bool(address)
            nodes = connection.execute(text("SELECT node FROM node_status"))
            assert nodes.all() == [("one",)]
            runs = connection.scalar(text("SELECT count(*) FROM check_run WHERE state = 'failed'"))
            assert runs == PROCESSES


def starts(environment: dict[str, str], folder: Path) -> list[tuple[str, str]]:
    """What each of the processes printed, which were let go at the same moment.

    Each has a data folder of its own, as on different machines.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment | {"SMTP_PANEL_DATA_DIR": str(folder / str(number))},
        )
        for number in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60) for process in processes]
