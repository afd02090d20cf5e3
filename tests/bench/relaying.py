"""How fast the relay takes mail, beside Postfix on the same disk (SPEC M2).

Both have a message on disk before they say so. Neither delivers any meanwhile.
"""

from __future__ import annotations

import os
import re
import signal
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.app import panel_app
from smtp_panel.audit import Actor
from smtp_panel.config import Config
from smtp_panel.storage import db, writing
from tests.bench.kept import CONTENT, RECIPIENT
from tests.servers.certificates import CertificateAuthority
from tests.servers.postfix import postfix_server
from tests.servers.processes import processes_in

CALLERS = 16
MESSAGES = 150  # of each caller, in a round
ROUNDS = 5
SENDER = "ada@test.example"


class Server(NamedTuple):
    """Where to send, and as whom."""

    port: int
    username: str
    password: str


def relay_ratio() -> float:
    """How many times as many messages a second the relay takes as Postfix; the median of rounds."""
    with _relay() as relay, _postfix() as postfix:
        return statistics.median(_seconds(postfix) / _seconds(relay) for _ in range(ROUNDS))


def _seconds(server: Server) -> float:
    """In which all callers have handed their messages over, each on one connection."""
    with ThreadPoolExecutor(CALLERS) as threads:
        clients = list(threads.map(_connected, [server] * CALLERS))
        began = time.perf_counter()
        list(threads.map(_send, clients))
        passed = time.perf_counter() - began
        list(threads.map(smtplib.SMTP.quit, clients))
    return passed


def _connected(server: Server) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", server.port, local_hostname="[127.0.0.1]")
    client.login(server.username, server.password)
    return client


def _send(client: smtplib.SMTP) -> None:
    for _ in range(MESSAGES):
        client.sendmail(SENDER, [RECIPIENT], CONTENT)


@contextmanager
def _relay() -> Iterator[Server]:
    """The relay as a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        app = panel_app(Config(data_dir=Path(folder)))
        with app.app_context(), writing(db.session) as session:
            key, secret = keys.create(session, "bench", {KeyScope.SEND}, by=Actor("bench"))
            login = key.id, secret.reveal()
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "smtp", "relay"]
        with subprocess.Popen(
            command,
            env={**os.environ, "SMTP_PANEL_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout
            told = re.search(r":(\d+)\.$", process.stdout.readline())
            assert told
            yield Server(int(told[1]), *login)
            process.terminate()


@contextmanager
def _postfix() -> Iterator[Server]:
    """Postfix, whose queue manager rests."""
    with postfix_server(CertificateAuthority().good) as server:
        with (server.folder / "etc/main.cf").open(
            "a"
        ) as settings:  # which are read with each start
            settings.write("in_flow_delay = 0\n")  # for the queue manager, which does not keep up
        managers = [pid for pid in processes_in(server.folder) if _is_manager(pid)]
        for pid in managers:
            os.kill(int(pid), signal.SIGSTOP)
        yield Server(server.plain, server.username, server.password)
        for pid in managers:
            os.kill(int(pid), signal.SIGCONT)


def _is_manager(pid: str) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "qmgr"
