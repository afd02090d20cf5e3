"""A panel that programs reach over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.servers.ports import HOST


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (Werkzeug's name)
        """Log nothing."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The URL at which `app` answers until the block ends."""
    server = make_server(HOST, 0, app, threaded=True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
