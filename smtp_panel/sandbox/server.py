"""What the sandbox says as a mail server, also while it is told to fail."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable
from typing import Any, NoReturn, cast

from aiosmtpd.smtp import (
    MISSING,
    SMTP,
    AuthResult,
    Envelope,
    LoginPassword,
    Session,
    TLSSetupException,
)

from smtp_panel.sandbox.failures import Failure, Moment
from smtp_panel.sandbox.flaws import ServerTLS
from smtp_panel.sandbox.maildrop import Maildrop
from smtp_panel.secret import Secret

MAX_MESSAGE = 10_000_000  # octets
MAX_RECIPIENTS = 100  # RFC 5321, section 4.5.3.1.8
IDLE_SECONDS = 60.0
LOOK_SECONDS = 0.25  # after which silence notices that the sandbox was told to do something else
BYE = "421"  # whoever says so closes the connection (RFC 5321, section 3.8)
CHANGED = "421 4.3.2 The sandbox was told to do something else. Connect again."
UNFORESEEN = "451 4.3.0 The sandbox can't do this now. Try again later."
CRLF = b"\r\n"

log = logging.getLogger(__name__)

Failing = Callable[[], Failure | None]


class SandboxHooks:
    """The handler of one connection to aiosmtpd, whose hooks have aiosmtpd's names.

    It keeps to the failure that the sandbox is told when the connection begins.
    """

    def __init__(self, maildrop: Maildrop, failing: Failing) -> None:
        self._maildrop = maildrop
        self._failing = failing
        self._failure = failing()

    async def handle_EHLO(
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer what this server has."""
        session.host_name = hostname
        offers = self._failure.offers if self._failure else {}
        lines = [(each[:4], offers.get(each[4:].partition(" ")[0], each[4:])) for each in responses]
        return [start + text for start, text in lines if text]

    async def handle_AUTH(
        self, server: SMTP, _session: Session, _envelope: Envelope, _args: list[str]
    ) -> Any:
        """Refuse to let anybody sign in, or let aiosmtpd look at the password."""
        return await self._refusal(server, Moment.AUTH) or MISSING

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, whoever it is."""
        if not self._lasts():
            await _hang_up(server, CHANGED)
        if refusal := await self._refusal(server, Moment.MAIL):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take the recipient, whoever it is."""
        if refusal := await self._refusal(server, Moment.RCPT):
            return refusal
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the message, and say so only once it is on disk."""
        if refusal := await self._refusal(server, Moment.END):
            return refusal
        try:
            key = self._maildrop.add(
                envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
            )
        except OSError as error:
            return f"452 4.3.1 The sandbox could not keep the message: {error.strerror}"
        return f"250 2.0.0 Kept by the sandbox as {key}"

    async def handle_exception(self, error: Exception) -> str:
        """Have the client try again. That it trusts no certificate of ours is its good right."""
        if not isinstance(error, TLSSetupException):
            log.error("the sandbox has met something unforeseen", exc_info=error)
        return UNFORESEEN

    async def _refusal(self, server: SMTP, moment: Moment) -> str:
        """What is said in place of what was asked for, "" where all is well.

        Where nothing is said any more it ends with the connection.
        """
        failure = self._failure
        if failure is None:
            return ""
        if failure.silent_at is moment:
            while self._lasts():
                await asyncio.sleep(LOOK_SECONDS)
            await _hang_up(server, "")
        reply = failure.says.get(moment, "")
        if failure.hangs_up_at is moment or reply.startswith(BYE):
            await _hang_up(server, reply)
        return reply

    def _lasts(self) -> bool:
        """Whether the sandbox is still to do what it was told when the connection began."""
        return self._failing() == self._failure


class Greeting(asyncio.Protocol):
    """A server that greets in its own way and hangs up, or does not greet while `silence` lasts."""

    def __init__(self, text: str, silence: Callable[[], bool]) -> None:
        self._text = text
        self._silence = silence

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        connected = cast("asyncio.Transport", transport)
        if self._text:
            connected.write(self._text.encode() + CRLF)
            connected.close()
        else:
            self._say_nothing(connected)

    def _say_nothing(self, transport: asyncio.Transport) -> None:
        if not self._silence():
            transport.close()
        elif not transport.is_closing():
            loop = asyncio.get_running_loop()
            loop.call_later(LOOK_SECONDS, self._say_nothing, transport)


def protocol_for(
    maildrop: Maildrop, username: str, password: Secret, tls: ServerTLS, failing: Failing
) -> Callable[[str], asyncio.Protocol]:
    """Makes the server of one connection: STARTTLS, then PLAIN or LOGIN with this one account.

    `failing` gives what it is told to fail at, None for nothing.
    """
    authenticate = _authenticator(username, password)

    def protocol(_peer: str) -> asyncio.Protocol:
        failure = failing()
        if failure and (failure.silent_at is Moment.GREETING or Moment.GREETING in failure.says):
            return Greeting(failure.says.get(Moment.GREETING, ""), lambda: failing() == failure)
        return SMTP(
            SandboxHooks(maildrop, failing),
            hostname="sandbox.localhost",
            ident="SMTP Panel sandbox",
            data_size_limit=MAX_MESSAGE,
            timeout=IDLE_SECONDS,
            tls_context=tls.contexts[failure.flaw if failure else None],
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
        )

    return protocol


def _authenticator(username: str, password: Secret) -> Callable[..., AuthResult]:
    """Lets this one account sign in."""
    expected = (username.encode(), password.reveal().encode())

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and all(map(hmac.compare_digest, given, expected))
        return AuthResult(success=known, handled=False)

    return authenticate


async def _hang_up(server: SMTP, reply: str) -> NoReturn:
    """Close the connection, after `reply` where there is one."""
    transport = cast("asyncio.Transport", server.transport)
    if reply:
        transport.write(reply.encode() + CRLF)
    transport.close()
    await _end_of_connection()


async def _end_of_connection() -> NoReturn:
    """Wait for the end of the connection, with which aiosmtpd ends what serves it."""
    while True:
        await asyncio.sleep(IDLE_SECONDS)
