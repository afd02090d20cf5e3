"""A server that follows a script to the octet, for what no decent server does.

A script is a list of steps, played anew for each connection:

    ScriptedServer([reply("220 mail.test.example ESMTP"), expect("EHLO"), hang()])
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.servers.waiting import Waiting, shake_hands

HOST = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time, so that close() sends RST
SECONDS = 20.0  # the deadline of a client that goes by the clock of its server
PATIENCE = 15.0  # seconds for which a server hangs; a client that stays longer fails the test
LAST_SECONDS = 0.1  # what the clock leaves of it once the server hangs


class UnexpectedLine(AssertionError):
    """The client said something else than the script expects."""


class ClientLeft(Exception):
    """The client closed the connection before the script's end."""


class Conversation:
    """One connection as a step sees it."""

    def __init__(
        self, connection: socket.socket, heard: Callable[[str], None], waiting: Waiting
    ) -> None:
        self._connection = connection
        self._heard = heard
        self.waiting = waiting
        self._buffer = b""
        self.stopping = threading.Event()
        self.hangs = False

    def send(self, octets: bytes) -> None:
        """Send as is."""
        self._connection.sendall(octets)

    def line(self) -> str:
        """The client's next line, without its end; raises ClientLeft at the connection's end."""
        while b"\n" not in self._buffer:
            self.listen()
        line, _, self._buffer = self._buffer.partition(b"\n")
        text = line.rstrip(b"\r").decode("latin-1")
        self._heard(text)
        return text

    def count_until(self, end: bytes) -> int:
        """How many octets come before `end`, none of which are kept."""
        count = 0
        while (found := self._buffer.find(end)) < 0:
            count += max(0, len(self._buffer) - len(end))
            self._buffer = self._buffer[-len(end) :]
            self.listen()
        self._buffer = self._buffer[found + len(end) :]
        return count + found

    @property
    def unread(self) -> bytes:
        """What came behind the last line."""
        return self._buffer

    def wait_for_end(self) -> None:
        """Take what comes, without a word, until the client leaves."""
        self.hangs = True
        while True:
            self.line()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Start TLS on the connection, as RFC 3207 says; what came in clear text is dropped."""
        self._buffer = b""
        self._connection = secured = context.wrap_socket(
            self._connection, server_side=True, do_handshake_on_connect=False
        )
        shake_hands(secured, self.waiting)

    def end(self) -> None:
        """End it from another thread than the one that plays it, which closes the connection.

        Whoever closes a socket on which another thread waits may leave it waiting for whatever gets
        the socket's number next. SSLSocket.shutdown() would take away the TLS object that the other
        thread uses.
        """
        self.stopping.set()
        with suppress(OSError):  # the client was faster
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)

    def close(self, *, reset: bool = False) -> None:
        """Close the connection, with RST in place of FIN when `reset`."""
        if reset:
            with suppress(OSError):
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        else:
            self.end()
        self._connection.close()

    def listen(self) -> None:
        """Take what the client says next; raises ClientLeft at the connection's end."""
        if not self.waiting.until_readable(self._connection, PATIENCE if self.hangs else None):
            raise UnexpectedLine("the client waits past its deadline")
        received = self._connection.recv(65_536)
        if not received:
            raise ClientLeft
        self._buffer += received


Step = Callable[[Conversation], None]


class ScriptedServer:
    """Plays the script for every connection on a free loopback port, until the block ends.

    `tls` starts TLS before the first step. `received` holds the lines of all clients, `connections`
    counts them. A line that the script does not expect fails the test at the end of the block.
    """

    host = HOST

    def __init__(self, script: Sequence[Step], *, tls: ssl.SSLContext | None = None) -> None:
        self._script = [start_tls(tls), *script] if tls else list(script)
        self._listener = socket.create_server((HOST, 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.received: list[str] = []
        self.connections = 0
        self._open: set[Conversation] = set()
        self._changed = threading.Condition()
        self._waiting = Waiting(self._changed)
        self._unexpected: list[UnexpectedLine] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop()
        if self._unexpected and error is None:
            raise self._unexpected[0]

    def wait_for_connections(self, count: int, seconds: float = 60.0) -> None:
        """Return once as many connections were made; AssertionError when they were not in time."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.connections >= count, seconds)

    def wait_until_idle(self, seconds: float = 60.0) -> None:
        """Return once no connection is open; AssertionError when one still is after that time."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._open, seconds)

    def clock(self) -> float:
        """The time for a client that has SECONDS: it stands still until the server hangs.

        LAST_SECONDS are left then. So a busy machine takes no time from what comes.
        """
        with self._changed:
            self._changed.wait_for(self._waits)
            return SECONDS - LAST_SECONDS if any(each.hangs for each in self._open) else 0.0

    def _waits(self) -> bool:
        return self._waiting.in_vain and all(each.waiting.in_vain for each in self._open)

    def _accept(self) -> None:
        while True:
            try:
                self._waiting.until_readable(self._listener)
                connection, _ = self._listener.accept()
            except OSError:
                return  # the listener is shut down: the block has ended
            conversation = Conversation(connection, self.received.append, Waiting(self._changed))
            with self._changed:
                self.connections += 1
                self._open.add(conversation)
                self._changed.notify_all()
            thread = threading.Thread(target=self._play, args=[conversation], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, conversation: Conversation) -> None:
        try:
            for step in self._script:
                step(conversation)
        except UnexpectedLine as error:
            self._unexpected.append(error)
        except (ClientLeft, OSError):
            pass  # a client that gives up is what many a test wants
        finally:
            conversation.close()
            with self._changed:
                self._open.discard(conversation)
                self._changed.notify_all()

    def _stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for conversation in tuple(self._open):
            conversation.end()
        for thread in self._threads[1:]:
            thread.join()


def send(octets: bytes) -> Step:
    """Send these octets as they are."""
    return lambda conversation: conversation.send(octets)


def reply(*lines: str) -> Step:
    """Send these reply lines, codes included, each with CR LF, in latin-1."""
    return send("".join(f"{line}\r\n" for line in lines).encode("latin-1"))


def expect(prefix: str, *answer: str) -> Step:
    """Read a line that starts with `prefix`, in any case, and answer with these reply lines.

    A client that has nothing to send any more may take its leave before a message.
    """

    def step(conversation: Conversation) -> None:
        line = conversation.line()
        if prefix.startswith("MAIL") and line.upper() == "QUIT":
            raise ClientLeft
        if not line.upper().startswith(prefix.upper()):
            raise UnexpectedLine(f"expected {prefix!r}, got {line!r}")
        reply(*answer)(conversation)

    return step


def greet(*extensions: str) -> Step:
    """Greet, and answer EHLO by offering these extensions, such as "AUTH PLAIN"."""

    def step(conversation: Conversation) -> None:
        reply("220 mail.test.example ESMTP")(conversation)
        ehlo(*extensions)(conversation)

    return step


def ehlo(*extensions: str) -> Step:
    """Answer EHLO by offering these extensions."""
    lines = ["mail.test.example", *extensions]
    return expect("EHLO", *(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")


def take_message(*answer: str) -> Step:
    """Answer DATA, read up to the final dot, and answer with these reply lines."""

    def step(conversation: Conversation) -> None:
        expect("DATA", "354 go ahead")(conversation)
        take_content(*answer)(conversation)

    return step


def take_content(*answer: str) -> Step:
    """Read up to the final dot, and answer with these reply lines."""

    def step(conversation: Conversation) -> None:
        while conversation.line() != ".":
            pass
        reply(*answer)(conversation)

    return step


def start_tls(context: ssl.SSLContext) -> Step:
    """Start TLS; the 220 before it is a reply of its own."""
    return lambda conversation: conversation.start_tls(context)


def drip(octets: bytes, seconds: float) -> Step:
    """Send one octet after the other with this pause between them, over and over."""

    def step(conversation: Conversation) -> None:
        while not conversation.stopping.is_set():
            for octet in octets:
                conversation.send(bytes([octet]))
                conversation.stopping.wait(seconds)

    return step


def hang() -> Step:
    """Say nothing more, for as long as the client stays."""
    return Conversation.wait_for_end


def close() -> Step:
    """Close the connection here."""
    return Conversation.close


def reset() -> Step:
    """Break the connection with RST; let the client speak first, lest connect() fails already."""
    return lambda conversation: conversation.close(reset=True)
