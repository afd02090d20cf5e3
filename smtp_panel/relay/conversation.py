"""What the relay says as a mail server: RFC 5321, 4954 (AUTH), 3207 (STARTTLS), 1870 (SIZE)."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import ssl
import weakref
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, ParamSpec, cast

from aiosmtpd.smtp import (
    SMTP,
    AuthResult,
    Envelope,
    Session,
    TLSSetupException,
    syntax,
)

from smtp_panel.relay.brought import CRLF, Brought
from smtp_panel.relay.paths import NULL_PATH, is_address, plain, size_said
from smtp_panel.relay.reception import NOT_SIGNED_IN, Login, Reception
from smtp_panel.relay.responses import response
from smtp_panel.secret import Secret

IDLE_SECONDS = 300.0  # RFC 5321, section 4.5.3.2.7
COMMAND_SECONDS = 3600.0  # of one, which for DATA is until the end of the message
LAST_WORD_SECONDS = 5.0  # until a program has taken it
ENDING_SECONDS = 5.0  # for what was handed over, once the relay is to end
GREETED_AS = "localhost"
AT_ONCE = 16  # messages of all connections, each of which is in memory
AUTH_PARAMETER = re.compile(r"(?<=[ ])AUTH=\S*", re.IGNORECASE)
TOO_MUCH = "552 5.3.4 This is more than the relay takes as one message"
TOO_SILENT = "421 4.4.2 Nothing has come for too long"
ENDING = "421 4.3.2 The relay is ending. Try again later."
NO_ROOM = "421 4.3.2 Too many connections at once, and on this one nobody has signed in"
UNFORESEEN = "451 4.3.0 The relay can't do this now. Try again later."
NO_ADDRESS = "This is no address that any mail server takes"
NO_TLS = "a program at %s did not come to TLS with the relay; it may not trust its certificate: %s"
MAY_BE_THERE = "252 2.1.5 Send a message there, and see"
P = ParamSpec("P")

log = logging.getLogger(__name__)


class Conversation(SMTP):
    """One connection. Lines may be long: they are made short before the message goes on.

    What it holds in memory is bounded. aiosmtpd keeps each line of a message, however short, and a
    line that does not end until it does; what no program sends ends the connection. Of all
    connections as many bring a message at once as there is `room`; the others wait for 354.
    """

    line_length_limit = 1 << 20  # octets

    def __init__(self, hooks: Hooks, room: asyncio.Semaphore, **options: Any) -> None:
        super().__init__(hooks, **options)
        self._room = room
        self._brought: Brought | None = None  # of a message under way
        self._silence: asyncio.TimerHandle | None = None
        self.began = self.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection has begun, or goes on by TLS."""
        super().connection_made(transport)
        self._await_octets()

    def data_received(self, data: bytes) -> None:
        """Something has arrived."""
        super().data_received(data)
        self._await_octets()
        if self._brought and self._brought.is_too_much(data):
            self.hang_up(TOO_MUCH)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended."""
        super().connection_lost(error)
        if self._silence:
            self._silence.cancel()

    async def handle_exception(self, error: Exception) -> str:
        """Have the program try again; what the `error` is concerns the log alone."""
        if isinstance(error, TLSSetupException):
            log.warning(NO_TLS, _peer(self), error.__cause__)
        else:
            log.error("the relay has met something unforeseen", exc_info=error)
        return UNFORESEEN

    def hang_up(self, reply: str, *, at_once: bool = False) -> None:
        """End the connection, with `reply` as the last word, for which nobody waits long."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(reply.encode() + CRLF)
            self.transport.close()
            self.loop.call_later(0.0 if at_once else LAST_WORD_SECONDS, self.transport.abort)

    @property
    def is_of_a_stranger(self) -> bool:
        """Whether it goes on, and nobody has signed in."""
        goes_on = self.transport is not None and not self.transport.is_closing()
        return goes_on and not (self.session and self.session.authenticated)

    def _await_octets(self) -> None:
        """Hang up after IDLE_SECONDS without any."""
        if self._silence:
            self._silence.cancel()
        self._silence = self.loop.call_later(IDLE_SECONDS, self.hang_up, TOO_SILENT)

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str | None) -> None:
        """Sign in by a mechanism, in whatever case its name is: .NET's client writes `login`."""
        name, blank, response = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{name.upper()}{blank}{response}")

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a message. AUTH as a parameter need not count (RFC 4954, section 5)."""
        if argument := await self._plain(arg, "MAIL FROM", "5.1.7"):
            await super().smtp_MAIL(AUTH_PARAMETER.sub("", argument))

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:
        """Name a recipient."""
        if argument := await self._plain(arg, "RCPT TO", "5.1.3"):
            await super().smtp_RCPT(argument)

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, _arg: str | None) -> None:
        """Tell nobody what addresses there are (RFC 5321, section 7.3)."""
        await self.push(MAY_BE_THERE)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """Take a message, as soon as there is room for it."""
        async with self._room:
            self._brought = Brought(self.data_size_limit or 0)
            await super().smtp_DATA(arg)
            self._brought = None

    async def _plain(self, arg: str | None, command: str, enhanced: str) -> str | None:
        """The argument of `command` in its plainest form; None of what is none, after a refusal."""
        argument = plain(arg or "")
        if argument is None:
            await self.push(f"501 {enhanced} {NO_ADDRESS}. Syntax: {command}:<address>")
        return argument


class Hooks:
    """The handler of aiosmtpd, whose hooks have aiosmtpd's names.

    What waits for the database waits in a thread of `pool`, so that other connections go on.
    """

    def __init__(self, reception: Reception, pool: Executor) -> None:
        self._reception = reception
        self._pool = pool
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
            return f"553 5.1.7 {NO_ADDRESS}"
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
            return f"553 5.1.3 {NO_ADDRESS}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the message, and say so only once it is on disk."""
        if self._ending:
            return ENDING
        octets = envelope.original_content or b""
        envelope.content = envelope.original_content = None
        sender = (envelope.mail_from or "").removeprefix(NULL_PATH)
        key_id = _login(session).client_id
        taken = self._ask(self._reception.take, key_id, sender, envelope.rcpt_tos, octets)
        self._in_hand.add(taken)
        taken.add_done_callback(self._in_hand.discard)
        return await taken

    async def _sign_in(self, server: SMTP, name: bytes, secret: bytes) -> AuthResult:
        shown = Secret(secret.decode(errors="replace"))
        login = Login(name.decode(errors="replace"), shown, _peer(server))
        refusal = await self._ask(self._reception.sign_in, login)
        if refusal:
            return AuthResult(success=False, handled=False, message=refusal)
        return AuthResult(success=True, auth_data=login)

    def _ask(self, question: Callable[P, str], *args: P.args, **_: P.kwargs) -> asyncio.Future[str]:
        return asyncio.get_running_loop().run_in_executor(self._pool, question, *args)


class Conversations:
    """All connections of one relay; `tls` is for those that are to come."""

    def __init__(self, reception: Reception, pool: Executor, tls: ssl.SSLContext) -> None:
        self._hooks = Hooks(reception, pool)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._max_octets = reception.max_octets
        self.tls = tls
        self._all: weakref.WeakSet[Conversation] = weakref.WeakSet()

    def __call__(self, peer: str) -> Conversation:
        """The server of a new one, from the IP address of who connects.

        Only from this machine may a key come in the clear.
        """
        conversation = Conversation(
            self._hooks,
            self._room,
            hostname=GREETED_AS,
            ident="SMTP Panel relay",
            data_size_limit=self._max_octets,
            timeout=COMMAND_SECONDS,
            tls_context=self.tls,
            auth_require_tls=not ipaddress.ip_address(peer).is_loopback,
        )
        self._all.add(conversation)
        return conversation

    def make_room(self) -> bool:
        """End the oldest on which nobody has signed in, so that strangers take no place for long.

        Whether there is one.
        """
        strangers = [each for each in self._all if each.is_of_a_stranger]
        if strangers:
            min(strangers, key=lambda each: each.began).hang_up(NO_ROOM, at_once=True)
        return bool(strangers)

    async def end(self) -> None:
        """End them all: what was handed over is answered, the rest comes again (RFC 5321, 3.8).

        Without its reply a message that is stored would be sent twice.
        """
        await self._hooks.end()
        for conversation in self._all:
            conversation.hang_up(ENDING)


def _peer(server: SMTP) -> str:
    """The IP address of who has connected."""
    return str(((server.session and server.session.peer) or [""])[0])


def _login(session: Session) -> Login:
    """With what this connection has signed in; aiosmtpd types it as nothing."""
    return cast("Login", session.auth_data)
