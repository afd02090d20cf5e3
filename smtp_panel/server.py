"""An HTTP server in one process that ends without dropping what it is answering."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

THREADS = 8
LARGEST_BODY = 16 * 1024 * 1024  # octets; the application has narrower limits, and better words
GRACE = 30.0  # seconds to finish the requests in flight


class CannotListen(Exception):
    """The address can't be listened on; `str()` says why and what to set."""


class Server:
    """Serves `app` on `host` and `port` (0: a free one). It listens from its making on.

    Raises CannotListen, for instance where another program has the port.
    """

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._dispatcher = ThreadedTaskDispatcher()
        self._dispatcher.set_thread_count(THREADS)
        try:
            create_server(
                app,
                map=self._sockets,
                _dispatcher=self._dispatcher,
                host=host,
                port=port,
                threads=THREADS,
                ident=None,
                max_request_body_size=LARGEST_BODY,
                clear_untrusted_proxy_headers=False,  # the application decides whom to trust
            )
        except (OSError, ValueError) as error:
            self._close()
            raise CannotListen(_why(error, host, port)) from error
        self.host = host
        self.port = int(next(self._listeners()).effective_port)
        self._ending = False

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  (looked up)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT, then finish the requests in flight and return.

        Calls `ready` as soon as a signal would be heeded. A second signal ends the process at once.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        ready()
        while not self._ending:
            self._poll(30.0)
        self._stop_listening()
        deadline = time.monotonic() + GRACE
        while self._busy() and time.monotonic() < deadline:
            self._poll(0.1)
        self._close()

    def _end(self, number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        self._ending = True
        next(self._listeners()).pull_trigger()

    def _poll(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)

    def _listeners(self) -> Iterator[BaseWSGIServer]:
        return (each for each in self._sockets.values() if isinstance(each, BaseWSGIServer))

    def _stop_listening(self) -> None:
        self._poll(0)  # who has connected already is served
        for listener in list(self._listeners()):
            # Not its own close(), which ends the trigger by which answers are sent.
            wasyncore.dispatcher.close(listener)

    def _busy(self) -> bool:
        return any(
            each.requests or each.request or each.total_outbufs_len
            for each in self._sockets.values()
            if isinstance(each, HTTPChannel)
        )

    def _close(self) -> None:
        self._dispatcher.shutdown()
        wasyncore.close_all(self._sockets)


def _why(error: OSError | ValueError, host: str, port: int) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program."
            f" Set PORT to a free one, such as PORT={port + 1}."
        )
    if code == errno.EACCES:
        return f"This user may not listen on port {port}. Set PORT to 1024 or above."
    if code in {errno.EADDRNOTAVAIL, None}:
        return f"HOST can't be {host!r}: that is no address of this machine. Try HOST=127.0.0.1."
    return f"Listening on {host}, port {port}, failed: {os.strerror(code)}. Look at HOST and PORT."
