"""gunicorn, started by a function, that listens at once and announces when it is ready."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from smtp_panel.net.network import Address

BACKLOG = 2048
SILENT_SECONDS = 60  # for which a connection without a request takes no thread
SETTINGS = {
    "worker_class": "gthread",
    "threads": 8,
    "graceful_timeout": 30,  # seconds to finish the requests in flight
    "forwarded_allow_ips": "",  # the application decides whom to trust
    "control_socket_disable": True,
    "loglevel": "warning",
}


class CannotListen(Exception):
    """The address can't be listened on; `str()` says why and what to set."""


class Server(BaseApplication):
    """Serves `app` on `host` and `port` (0: a free one), and listens as soon as it is made.

    WEB_CONCURRENCY is the number of processes. Raises CannotListen, for instance where another
    program uses the port.
    """

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        try:
            self._listener = _listener(host, port)
        except (OSError, ValueError) as error:
            raise CannotListen(_why(error, host, port)) from error
        self.port = int(self._listener.getsockname()[1])
        self.host = host
        self._app = app
        super().__init__()

    @property
    def url(self) -> str:
        """The URL for a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  (looked up)
        return f"http://{Address(host, self.port)}"

    def load_config(self) -> None:
        """Give gunicorn its settings, instead of its command line."""
        for name, value in SETTINGS.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Give gunicorn the application."""
        return self._app

    def serve(self, begin: Callable[[], None], announce: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT, finish the requests in flight, and raise SystemExit.

        Each process calls `begin` before its first request, and the first one `announce` after it,
        when a signal would be heeded. A second SIGINT ends the server without waiting.
        """

        def worker_begins(worker: Worker) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, which tells every process
            begin()
            if worker.age == 1:
                announce()

        self.cfg.set("bind", f"fd://{self._listener.detach()}")
        self.cfg.set("when_ready", _finish_at_first_interrupt)
        self.cfg.set("post_worker_init", worker_begins)
        self.run()


def _finish_at_first_interrupt(_arbiter: Arbiter) -> None:
    at_once = signal.getsignal(signal.SIGINT)

    def finish(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, at_once)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, finish)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    if hasattr(socket, "TCP_DEFER_ACCEPT"):  # else a thread waits for the first octet
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
    return listener


def _why(error: OSError | ValueError, host: str, port: int) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program."
            f" Set PORT to a free one, such as PORT={port + 1}."
        )
    if code == errno.EACCES:
        return f"This user may not listen on port {port}. Set PORT to 1024 or above."
    if code in {errno.EADDRNOTAVAIL, socket.EAI_NONAME, None}:
        return f"HOST can't be {host!r}: that is no address of this machine. Try HOST=127.0.0.1."
    return f"Listening on {host}, port {port}, failed: {os.strerror(code)}. Look at HOST and PORT."
