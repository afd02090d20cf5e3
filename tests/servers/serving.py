"""Servers of the standard library, in a thread of their own for as long as a test wants them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer

POLL_SECONDS = 0.01  # how long one may take to notice that it is to end


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """Let `server` answer until the block ends, and close it."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=[POLL_SECONDS], daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
