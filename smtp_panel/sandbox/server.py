"""An SMTP server of aiosmtpd on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from smtp_panel.sandbox.maildrop import Maildrop
from smtp_panel.secret import Secret

MAX_MESSAGE = 10_000_000  # octets
MAX_RECIPIENTS = 100  # RFC 5321, section 4.5.3.1.8
IDLE_SECONDS = 60.0
TURNS_OF_AN_ARRIVAL = 3  # of the loop, from the connection until the protocol is told


class SMTPThread:
    """Serves a listening socket on a thread of its own until `stop()`.

    `protocol` makes the aiosmtpd server of one connection; with `tls` the connection starts with
    TLS. The socket belongs to the thread from then on.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], SMTP],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._protocol = protocol
        self._tls = tls
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._securing: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="smtp-sandbox", daemon=True)

    def start(self) -> None:
        """Serve what connects, and what connected to the listening socket before."""
        self._thread.start()

    def stop(self) -> None:
        """Drop every connection and free the port."""
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
        for transport in self._transports:
            transport.abort()
        while any(
            transport.get_extra_info("socket").fileno() >= 0 for transport in self._transports
        ):
            await asyncio.sleep(0)

    def _begin(self, transport: asyncio.Transport) -> None:
        self._transports.add(transport)
        conversation = self._protocol()
        if self._tls is None:
            transport.set_protocol(conversation)
            conversation.connection_made(transport)
            return
        transport.pause_reading()
        task = self._loop.create_task(self._secure(transport, conversation, self._tls))
        self._securing.add(task)
        task.add_done_callback(self._securing.discard)

    async def _secure(
        self, transport: asyncio.Transport, conversation: SMTP, context: ssl.SSLContext
    ) -> None:
        """Begin the conversation after the handshake; without one aiosmtpd is not told of any."""
        with contextlib.suppress(OSError):
            secured = await self._loop.start_tls(
                transport, asyncio.Protocol(), context, server_side=True
            )
            if secured:
                secured.set_protocol(conversation)
                conversation.connection_made(secured)


class _Arrival(asyncio.Protocol):
    """Calls `begin` with what has just connected."""

    def __init__(self, begin: Callable[[asyncio.Transport], None]) -> None:
        self._begin = begin

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Something has connected."""
        self._begin(cast("asyncio.Transport", transport))


class Hooks:
    """The handler of aiosmtpd, whose hooks have aiosmtpd's names."""

    def __init__(self, maildrop: Maildrop) -> None:
        self._maildrop = maildrop

    async def handle_RCPT(  # noqa: N802  (aiosmtpd looks for this name)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take the recipient, whoever it is."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, and say so only once it is on disk."""
        try:
            key = self._maildrop.add(
                envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
            )
        except OSError as error:
            return f"452 4.3.1 The sandbox could not keep the message: {error.strerror}"
        return f"250 2.0.0 Kept by the sandbox as {key}"


def protocol_for(
    maildrop: Maildrop, username: str, password: Secret, tls: ssl.SSLContext
) -> Callable[[], SMTP]:
    """Makes the server of one connection: STARTTLS, then PLAIN or LOGIN with this one account."""
    hooks = Hooks(maildrop)
    expected = (username.encode(), password.reveal().encode())

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and all(map(hmac.compare_digest, given, expected))
        return AuthResult(success=known, handled=False)

    return lambda: SMTP(
        hooks,
        hostname="sandbox.localhost",
        ident="SMTP Panel sandbox",
        data_size_limit=MAX_MESSAGE,
        timeout=IDLE_SECONDS,
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
