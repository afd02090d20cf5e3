"""What the relay answers to the commands of a program, by what the panel says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from smtp_panel.relay.arriving import IN_MEMORY, Arriving
from smtp_panel.relay.paths import NULL_PATH, is_address, size_said
from smtp_panel.relay.reception import NOT_SIGNED_IN, Login, Reception
from smtp_panel.relay.responses import response
from smtp_panel.secret import Secret

ENDING_SECONDS = 5.0  # for what was handed over, once the relay is to end
ENDING = "421 4.3.2 The relay is ending. Try again later."
NO_SUCH_ADDRESS = "This is no address that any mail server takes"
P = ParamSpec("P")


class RelayHooks:
    """The handler of aiosmtpd, whose hooks have aiosmtpd's names.

    What waits for the database waits in a thread of `pool`, so that other connections go on. The
    one of `large` stores messages that don't lie in memory, one after the other.
    """

    def __init__(self, reception: Reception, pool: Executor, large: Executor) -> None:
        self._reception = reception
        self._pool = pool
        self._large = large
        self._in_hand: set[asyncio.Future[str]] = set()  # messages that are being stored
        self._ending = False

    async def end(self) -> None:
        """Take nothing more; returns when all that was handed over has its reply, or too late."""
        self._ending = True
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=ENDING_SECONDS)

    async def auth_PLAIN(self, server: SMTP, args: list[str]) -> AuthResult:
        """Sign in by PLAIN (RFC 4616)."""
        given = await response(server, args[1:], "")
        if given is None:
            return AuthResult(success=False, handled=True)
        _, _, credentials = given.partition(b"\0")
        return await self._sign_in(server, *credentials.partition(b"\0")[::2])

    async def auth_LOGIN(self, server: SMTP, args: list[str]) -> AuthResult:
        """Sign in by LOGIN, which has no standard."""
        name = await response(server, args[1:], "Username:")
        secret = None if name is None else await response(server, [], "Password:")
        if name is None or secret is None:
            return AuthResult(success=False, handled=True)
        return await self._sign_in(server, name, secret)

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a message, where mail is taken."""
        if self._ending:
            return ENDING
        if not session.authenticated:
            return NOT_SIGNED_IN
        if address != NULL_PATH and not is_address(address):
            return f"553 5.1.7 {NO_SUCH_ADDRESS}"
        refusal = await self._ask(self._reception.refusal, _login(session), size_said(options))
        if refusal:
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take a recipient, until there are too many."""
        if len(envelope.rcpt_tos) >= self._reception.max_recipients:
            return "452 4.5.3 Too many recipients of one message: send the rest by another"
        if not is_address(address):
            return f"553 5.1.3 {NO_SUCH_ADDRESS}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def store(self, session: Session, envelope: Envelope, arrived: Arriving) -> str:
        """Take the message that has arrived, and say so only once it is on disk."""
        if self._ending:
            return ENDING
        sender = (envelope.mail_from or "").removeprefix(NULL_PATH)
        key_id = _login(session).client_id
        pool = self._large if arrived.size > IN_MEMORY else self._pool
        loop, recipients = asyncio.get_running_loop(), envelope.rcpt_tos
        taken = loop.run_in_executor(
            pool, self._reception.take, key_id, sender, recipients, arrived
        )
        self._in_hand.add(taken)
        taken.add_done_callback(self._in_hand.discard)
        return await taken

    async def _sign_in(self, server: SMTP, name: bytes, secret: bytes) -> AuthResult:
        shown = Secret(secret.decode(errors="replace"))
        login = Login(name.decode(errors="replace"), shown, peer(server))
        refusal = await self._ask(self._reception.sign_in, login)
        if refusal:
            return AuthResult(success=False, handled=False, message=refusal)
        return AuthResult(success=True, auth_data=login)

    def _ask(self, question: Callable[P, str], *args: P.args, **_: P.kwargs) -> asyncio.Future[str]:
        return asyncio.get_running_loop().run_in_executor(self._pool, question, *args)


def peer(server: SMTP) -> str:
    """The IP address of who has connected."""
    return str(((server.session and server.session.peer) or [""])[0])


def _login(session: Session) -> Login:
    """With what this connection has signed in; aiosmtpd types it as nothing."""
    return cast("Login", session.auth_data)
