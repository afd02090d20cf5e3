"""The panel as its operator runs it: a process of its own, with its own data."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smtp_panel.access.users import Role
from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.serve import serve
from tests.access import application
from tests.forked import PROCESSES
from tests.servers.serving import serving

ROOT = Path(__file__).parents[2]
ADMIN = "ada@example.com"
PASSWORD = application.PASSWORD.reveal()


@dataclass(frozen=True)
class Installation:
    """A running panel: where it is, what its first lines said, and where its data are."""

    url: str
    link: str
    folder: Path
    process: BaseProcess

    @property
    def log(self) -> str:
        """What it wrote to its standard error so far."""
        return (self.folder / "log").read_text()

    @contextmanager
    def replaced(self, answers: Iterable[tuple[int, str]]) -> Iterator[None]:
        """End the panel; until the block ends, its address gives these statuses and bodies."""
        self.process.terminate()  # it waits for its workers, so that its port is free
        self.process.join()
        place = "127.0.0.1", urlsplit(self.url).port or 0
        with serving(ThreadingHTTPServer(place, partial(Gateway, iter(answers)))):
            yield

    def add_user(self, email: str, role: Role) -> None:
        """Add an account with PASSWORD."""
        application.add_user(panel_app(Config(data_dir=self.folder / "data")), email, role)


class Gateway(BaseHTTPRequestHandler):
    """Answers in place of a panel that is gone, as proxies and captive portals do."""

    def __init__(self, answers: Iterator[tuple[int, str]], *connection: Any) -> None:
        self._answers = answers
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Refuse to pass on a poll."""
        self._answer(502, "Bad Gateway")

    def do_POST(self) -> None:
        """Give the next answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(*next(self._answers))

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def installed(folder: Path, variables: Mapping[str, str]) -> Iterator[Installation]:
    """Run the panel with its data in `folder` until the block ends; without data it starts anew.

    Its process begins as a copy of one that has imported the program, which saves a second.
    """
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    places = {
        "PORT": "0",
        "SMTP_PANEL_DATA_DIR": str(folder / "data"),
        "SMTP_PANEL_DNS": "127.0.0.1:1",  # where nobody answers
    }
    environ = {**own, **places, "SMTP_PANEL_NODE": "test", **variables}
    first = not (folder / "data").exists()
    says, said = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_serve, args=(environ, folder / "log", said))
    process.start()
    said.close()
    try:
        with says:
            yield _told(process, says, folder, first=first)
    finally:
        end(process)


def end(process: BaseProcess) -> None:
    """End a panel and the processes that answer for it, whatever they are doing."""
    if process.pid and process.is_alive():
        os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _serve(environ: Mapping[str, str], log: Path, output: Connection) -> None:
    """`smtp-panel serve` with this environment, log and standard output."""
    os.setsid()  # so that all its processes can be ended at once
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    with log.open("w") as errors:
        os.dup2(errors.fileno(), 2)
    os.dup2(output.fileno(), 1)
    output.close()
    sys.exit(serve())


def _told(process: BaseProcess, says: Connection, folder: Path, *, first: bool) -> Installation:
    """What the first lines of the process say; a link to make the `first` admin is the second."""
    with open(says.fileno(), closefd=False) as output:
        lines = [output.readline() for _ in range(1 + first)]
    urls = [*re.findall(r"http://\S+", "".join(lines)), "", ""]
    assert urls[0], f"the panel did not start: {(folder / 'log').read_text()}"
    return Installation(urls[0], urls[1], folder, process)
