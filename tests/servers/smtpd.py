"""Submission servers of aiosmtpd, in every mode that the panel speaks to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from smtp_panel.smtp_server import SMTPThread
from tests.servers.inbox import Inbox, Received

HOST = "127.0.0.1"
MECHANISMS = ("PLAIN", "LOGIN")
USERS: Mapping[str, str] = {"ada@test.example": "correct horse"}

Mode = Literal["none", "starttls", "implicit"]


@dataclass(kw_only=True)
class SubmissionServer:
    """A running server; `connections` counts all that were ever made, `logins` names who tried.

    `to_recipient` is its reply to each recipient, `at_end` to the end of a message.
    """

    port: int
    host: str = HOST
    messages: Inbox = field(default_factory=Inbox)
    connections: int = 0
    logins: list[str] = field(default_factory=list)
    to_recipient: str = "250 2.1.5 OK"
    at_end: str = "250 2.0.0 OK queued as 4TEST"


class _Hooks:
    """What aiosmtpd asks for in a conversation; the names are aiosmtpd's."""

    def __init__(
        self, server: SubmissionServer, users: Mapping[str, str], mechanisms: Collection[str]
    ) -> None:
        self._server = server
        self._logins = server.logins
        self._users = users
        self._mechanisms = mechanisms

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self._logins.append(given.login.decode())
        known = self._users.get(given.login.decode()) == given.password.decode()
        return AuthResult(success=known, handled=False, auth_data=given)

    async def handle_EHLO(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        session.host_name = name
        return [line for line in lines if self._mechanisms or not line.startswith("250-AUTH")]

    async def handle_MAIL(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, session: Session, envelope: Envelope, sender: str, _options: list[str]
    ) -> str:
        if self._mechanisms and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = sender
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        if self._server.to_recipient.startswith("2"):
            envelope.rcpt_tos.append(to)
        return self._server.to_recipient

    async def handle_DATA(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if not self._server.at_end.startswith("2"):
            return self._server.at_end
        given = session.auth_data
        login = given.login.decode() if isinstance(given, LoginPassword) else ""
        self._server.messages.add(
            Received(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content or b"",
                username=login,
            )
        )
        return self._server.at_end


class _ImplicitTLS(asyncio.Protocol):
    """Begins the conversation after the handshake; without one aiosmtpd is not told of any."""

    def __init__(self, conversation: SMTP, context: ssl.SSLContext) -> None:
        self._conversation = conversation
        self._context = context

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.pause_reading()
            self._task = asyncio.get_running_loop().create_task(self._secure(transport))

    async def _secure(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            secured = await loop.start_tls(
                transport, asyncio.Protocol(), self._context, server_side=True
            )
            if secured:
                secured.set_protocol(self._conversation)
                self._conversation.connection_made(secured)


@contextmanager
def aiosmtpd_server(
    mode: Mode,
    *,
    tls: ssl.SSLContext | None = None,
    auth: Collection[str] = MECHANISMS,
    users: Mapping[str, str] = USERS,
    size_limit: int = 10_000_000,
    messages: Inbox | None = None,
    port: int = 0,
) -> Iterator[SubmissionServer]:
    """Serve on this loopback port until the block ends; on a free one where it is 0.

    `tls` is the server's context, needed in every mode but "none"; `auth` the mechanisms on offer,
    empty for a server that asks for no authentication; `size_limit` in octets; `messages` an
    inbox to share with other servers.
    """
    listener = _listening(port)
    inbox = Inbox() if messages is None else messages
    server = SubmissionServer(port=listener.getsockname()[1], messages=inbox)
    hooks = _Hooks(server, users, auth)

    def conversation(_peer: str) -> asyncio.Protocol:
        server.connections += 1
        spoken = SMTP(
            hooks,
            hostname="mail.test.example",
            data_size_limit=size_limit,
            tls_context=tls if mode == "starttls" else None,
            auth_require_tls=mode == "starttls",
            auth_exclude_mechanism=set(MECHANISMS) - set(auth),
            authenticator=hooks.authenticate,
        )
        return _ImplicitTLS(spoken, tls) if tls and mode == "implicit" else spoken

    thread = SMTPThread(listener, conversation)
    thread.start()
    try:
        yield server
    finally:
        thread.stop()


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen()
    return listener
