"""A mail server on a thread of its own: the sandbox is one, and the relay another."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import cast

MOST = 200  # connections at once
TOO_MANY = b"421 4.3.2 Too many connections at once. Try again later.\r\n"
TURNS_OF_AN_ARRIVAL = 3  # of the loop, from the connection until the protocol is told


class SMTPThread:
    """Serves a listening socket on a thread of its own until `stop()`.

    `protocol` makes the server of one connection, of aiosmtpd, from the IP address of who connects.
    One more than `most` at once is turned away, unless `make_room` ends another, and says whether
    it has. A `farewell` may end connections in its own way, between the last new one and the end of
    all that are left. The socket belongs to the thread from then on.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[str], asyncio.Protocol],
        *,
        most: int = MOST,
        make_room: Callable[[], bool] = lambda: False,
        farewell: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._protocol = protocol
        self._most = most
        self._make_room = make_room
        self._farewell = farewell
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="smtp-server", daemon=True)

    def start(self) -> None:
        """Serve what connects, and what connected to the listening socket before."""
        # Below this aiosmtpd logs whole messages, and a deprecation of its own at each sign-in.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._thread.start()

    def stop(self) -> None:
        """Free the port and drop every connection."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await self._loop.create_server(lambda: _Arrival(self._begin), sock=self._listener)
        await self._stopping.wait()
        self._loop.remove_reader(self._listener)
        for _ in range(TURNS_OF_AN_ARRIVAL):  # a server that is closed forgets who is arriving
            await asyncio.sleep(0)
        server.close()
        if self._farewell:
            await self._farewell()
        for transport in self._transports:
            transport.abort()
        while any(
            transport.get_extra_info("socket").fileno() >= 0 for transport in self._transports
        ):
            await asyncio.sleep(0)

    def _begin(self, transport: asyncio.Transport) -> None:
        full = sum(not each.is_closing() for each in self._transports) >= self._most
        if full and not self._make_room():
            transport.write(TOO_MANY)
            transport.close()
            return
        self._transports.add(transport)
        conversation = self._protocol(transport.get_extra_info("peername")[0])
        transport.set_protocol(conversation)
        conversation.connection_made(transport)


class _Arrival(asyncio.Protocol):
    """Calls `begin` with what has just connected."""

    def __init__(self, begin: Callable[[asyncio.Transport], None]) -> None:
        self._begin = begin

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Something has connected."""
        self._begin(cast("asyncio.Transport", transport))
