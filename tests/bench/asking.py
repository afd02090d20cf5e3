"""How fast other programs learn how mail stands, beside a bare route of Flask (SPEC A3, A5)."""

from __future__ import annotations

import base64
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.app import panel_app
from smtp_panel.audit import Actor
from smtp_panel.config import Config
from smtp_panel.storage import db, writing
from tests.bench.client import ROUNDS, Site, panel, serving

CALLERS = 8
REQUESTS = 60  # of each caller, in a round


class Speed(NamedTuple):
    """Of the bare route's: how many times as fast an answer comes, and how many a second do."""

    latency: float
    rate: float


def asking_speeds() -> Iterator[tuple[str, Speed]]:
    """The speed of each way to ask, without a mail service, so that there is a warning to tell."""
    with tempfile.TemporaryDirectory() as folder:
        basic = _key(Path(folder))
        off = {"SMTP_PANEL_DATA_DIR": folder, "SMTP_PANEL_SANDBOX": "off"}
        bare = [sys.executable, "-m", "tests.bench.bare"]
        with panel(**off) as site, serving(bare, {}) as url:
            yardstick = Site(url.strip(), "/status", {})
            for path, headers in (
                ("/embed/warning", site.headers),
                ("/embed/warning.json", site.headers),
                ("/api/v1/status", {"Authorization": basic}),
            ):
                measured = Site(site.url, path, headers)
                rates = [_seconds(yardstick, n) / _seconds(measured, n) for n in _turns(CALLERS)]
                alone = [_seconds(yardstick, n) / _seconds(measured, n) for n in _turns(1)]
                yield path, Speed(statistics.median(alone), statistics.median(rates))


def _key(folder: Path) -> str:
    """What signs a new API key in that may read."""
    app = panel_app(Config(data_dir=folder))
    with app.app_context(), writing(db.session) as session:
        key, secret = keys.create(session, "bench", {KeyScope.READ}, by=Actor("bench"))
        pair = f"{key.id}:{secret.reveal()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _turns(callers: int) -> Iterator[int]:
    for _ in range(ROUNDS):
        yield callers


def _seconds(site: Site, callers: int) -> float:
    """How long it takes that so many callers have all their answers."""
    with ThreadPoolExecutor(callers) as pool:
        began = time.perf_counter()
        list(pool.map(_ask, [site] * callers))
        return time.perf_counter() - began


def _ask(site: Site) -> None:
    """Ask again and again on one connection, with no more work than that needs."""
    parts = urlsplit(site.url)
    fields = {"Host": parts.netloc, **site.headers}
    head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
    request = f"GET {site.path} HTTP/1.1\r\n{head}\r\n".encode()
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        for _ in range(REQUESTS):
            connection.sendall(request)
            _read(connection)


def _read(connection: socket.socket) -> None:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(head.decode())
    length = int(head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
