"""What the relay says as a mail server: RFC 5321, 4954 (AUTH), 3207 (STARTTLS), 1870 (SIZE)."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import weakref
from concurrent.futures import Executor
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, cast

from aiosmtpd.smtp import (
    SMTP,
    Envelope,
    Session,
    TLSSetupException,
    syntax,
)

from smtp_panel.net.address import is_loopback
from smtp_panel.relay.arriving import CRLF, IN_MEMORY, Arriving
from smtp_panel.relay.hooks import ENDING, NO_SUCH_ADDRESS, RelayHooks, peer
from smtp_panel.relay.paths import plain
from smtp_panel.relay.reception import Reception

IDLE_SECONDS = 300.0  # RFC 5321, section 4.5.3.2.7
COMMAND_SECONDS = 3600.0  # of one, which for DATA is until the end of the message
LAST_WORD_SECONDS = 5.0  # until a program has taken it
GREETED_AS = "localhost"
LATEST = 16  # octets, enough for a DATA command
AT_ONCE = 16  # messages of all connections, each of which may lie on disk until its end
AUTH_PARAMETER = re.compile(r"(?<=[ ])AUTH=\S*", re.IGNORECASE)
GO_ON = "354 End data with <CR><LF>.<CR><LF>"
NOBODY = "503 5.5.1 Name a recipient first"
NO_ARGUMENT = "501 5.5.4 Syntax: DATA"
TOO_SOON = "503 5.5.0 The message came before the reply to DATA, for which a client has to wait"
DATA_COMMAND = re.compile(rb"DATA[ \t]*\r?\n\Z", re.IGNORECASE)
TOO_SILENT = "421 4.4.2 Nothing has come for too long"
NO_ROOM = "421 4.3.2 Too many connections at once, and on this one nobody has signed in"
UNFORESEEN = "451 4.3.0 The relay can't do this now. Try again later."
NO_TLS = "a program at %s did not come to TLS with the relay; it may not trust its certificate: %s"
MAY_BE_THERE = "252 2.1.5 Send a message there, and see"

log = logging.getLogger(__name__)


class Conversation(SMTP):
    """One connection. Lines may be long: they are made short before the message goes on.

    What it holds in memory is bounded: a message is not read by aiosmtpd, which keeps each line of
    it, but goes to a file in `folder` as it arrives. Of all connections as many bring one at once
    as there is `room`; the others wait for 354.
    """

    def __init__(
        self, hooks: RelayHooks, room: asyncio.Semaphore, folder: Path, **options: Any
    ) -> None:
        super().__init__(hooks, **options)
        self._hooks = hooks
        self._room = room
        self._folder = folder
        self._arriving: Arriving | None = None  # a message under way
        self._latest = b""  # the end of the commands that have arrived
        self._silence: asyncio.TimerHandle | None = None
        self.began = self.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection has begun, or goes on by TLS."""
        super().connection_made(transport)
        self._await_octets()

    def data_received(self, data: bytes) -> None:
        """Something has arrived: of a message, or commands."""
        self._await_octets()
        if self._arriving and not self._arriving.ended.done():
            data = self._arriving.take(data)
        if data:
            self._latest = (self._latest + data)[-LATEST:]
            super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended."""
        super().connection_lost(error)
        if self._silence:
            self._silence.cancel()
        if self._arriving:
            self._arriving.ended.cancel()

    async def handle_exception(self, error: Exception) -> str:
        """Have the program try again; what the `error` is concerns the log alone."""
        if isinstance(error, TLSSetupException):
            log.warning(NO_TLS, peer(self), error.__cause__)
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
    async def smtp_DATA(self, arg: str | None) -> None:
        """Take a message, as soon as there is room for it.

        What comes before the 354 that asks for it has been taken for commands, so that the
        connection ends there, before any of them is obeyed.
        """
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        session, envelope = cast("Session", self.session), cast("Envelope", self.envelope)
        if arg or not envelope.rcpt_tos:
            await self.push(NO_ARGUMENT if arg else NOBODY)
            return
        async with self._room:
            waited = DATA_COMMAND.search(self._latest)
            reply = await self._take_message(session, envelope) if waited else TOO_SOON
        if not waited:
            self.hang_up(reply)
            await self.loop.create_future()  # which ends with the connection
        self.envelope = Envelope()
        await self.push(reply)

    async def _take_message(self, session: Session, envelope: Envelope) -> str:
        """The reply to the message that follows."""
        with SpooledTemporaryFile(IN_MEMORY, dir=str(self._folder)) as file:
            arriving = self._arriving = Arriving(self.data_size_limit or 0, file)
            await self.push(GO_ON)
            await arriving.ended
            reply = arriving.refusal or await self._hooks.store(session, envelope, arriving)
        self._arriving = None
        return reply

    async def _plain(self, arg: str | None, command: str, enhanced: str) -> str | None:
        """The argument of `command` in its plainest form; None of what is none, after a refusal."""
        argument = plain(arg or "")
        if argument is None:
            await self.push(f"501 {enhanced} {NO_SUCH_ADDRESS}. Syntax: {command}:<address>")
        return argument


class Conversations:
    """All connections of one relay; `tls` is for those that are to come.

    What they bring lies in `folder` until it has all arrived.
    """

    def __init__(
        self,
        reception: Reception,
        pool: Executor,
        large: Executor,
        tls: ssl.SSLContext,
        folder: Path,
    ) -> None:
        self._hooks = RelayHooks(reception, pool, large)
        self._folder = folder
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
            self._folder,
            hostname=GREETED_AS,
            ident="SMTP Panel relay",
            data_size_limit=self._max_octets,
            timeout=COMMAND_SECONDS,
            tls_context=self.tls,
            auth_require_tls=not is_loopback(peer),
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
