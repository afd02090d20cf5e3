"""A web server on loopback that takes what it is sent, and keeps it for the test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.ports import HOST
from tests.servers.serving import serving


@dataclass(frozen=True)
class Request:
    """One request; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The data in its body."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """A running server; `status` is what it answers, with a `location` where it is a redirect."""

    url: str = ""
    status: int = 204
    location: str = ""
    requests: list[Request] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve on a free loopback port until the block ends."""
    server = Receiver()
    listener = ThreadingHTTPServer((HOST, 0), partial(_Handler, server))
    server.url = f"http://{HOST}:{listener.server_port}/hook/s3cret"
    with serving(listener):
        yield server


class _Handler(BaseHTTPRequestHandler):
    """Answers one request; the names of the methods are the standard library's."""

    def __init__(self, kept: Receiver, *connection: Any) -> None:
        self._kept = kept
        super().__init__(*connection)

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._kept.requests.append(Request(self.command, self.path, headers, body))
        self.send_response_only(self._kept.status)
        if self._kept.location:
            self.send_header("Location", self._kept.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""
