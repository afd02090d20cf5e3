"""How a server waits for its clients, so that others can tell that it waits in vain."""

from __future__ import annotations

import select
import socket
import ssl
from threading import Condition


class Waiting:
    """The waits of one thread for a socket at a time; whenever one begins, `changed` is told."""

    def __init__(self, changed: Condition) -> None:
        self._changed = changed
        self._for: socket.socket | None = None

    def until_readable(self, connection: socket.socket, seconds: float | None = None) -> bool:
        """Whether there is something to read, were it the end, within so many seconds or ever."""
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        with self._changed:
            self._for = connection
            self._changed.notify_all()
        readable = _is_readable(connection, seconds)
        self._for = None
        return readable

    @property
    def in_vain(self) -> bool:
        """Whether the thread has taken all that has come, and waits for more."""
        connection = self._for
        if connection is None or _is_readable(connection, 0):
            return False
        return self._for is not None  # else it took meanwhile what there was to read


def shake_hands(connection: ssl.SSLSocket, waiting: Waiting) -> None:
    """Go through the handshake of TLS; raises OSError."""
    connection.setblocking(False)
    while True:
        try:
            connection.do_handshake()
        except ssl.SSLWantReadError:
            waiting.until_readable(connection)
        else:
            connection.setblocking(True)
            return


def _is_readable(connection: socket.socket, seconds: float | None) -> bool:
    if connection.fileno() < 0:
        return True  # closed, which is an end as well
    readable = select.poll()
    readable.register(connection, select.POLLIN)
    return bool(readable.poll(None if seconds is None else seconds * 1000))
