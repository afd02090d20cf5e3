"""A panel that programs reach over HTTP, and what they ask there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.servers.ports import HOST
from tests.servers.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Request(NamedTuple):
    """A request, with the path as it was sent."""

    method: str
    path: str
    content_type: str


@dataclass
class Served:
    """Where an application answers, and what was asked there so far."""

    url: str = ""
    asked: list[Request] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """Method and path of each request."""
        return [f"{each.method} {each.path}" for each in self.asked]


class _Handler(WSGIRequestHandler):
    """Leaves the slashes at the beginning of a path, as gunicorn does."""

    def parse_request(self) -> bool:
        understood = super().parse_request()
        if understood:
            self.path = self.raw_requestline.split()[1].decode()
        return understood

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        return environ | {"PATH_INFO": unquote(self.path.partition("?")[0], "latin-1")}

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (Werkzeug's name)
        """Log nothing."""


@contextmanager
def served(app: Flask) -> Iterator[Served]:
    """Let `app` answer until the block ends."""
    there = Served()

    def noting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = (environ["REQUEST_METHOD"], environ["REQUEST_URI"], environ.get("CONTENT_TYPE", ""))
        there.asked.append(Request(*asked))
        return app(environ, start_response)

    server = make_server(HOST, 0, noting, threaded=True, request_handler=_Handler)
    there.url = f"http://{HOST}:{server.server_port}"
    with serving(server):
        yield there
