"""Octets and lines over one connection, in clear text or in TLS, each wait within its limit."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl

from smtp_panel.net.deadline import Deadline
from smtp_panel.smtp.facts import Kind
from smtp_panel.smtp.fault import Fault, fault_of, faults
from smtp_panel.smtp.limits import Limits, Phase

FIRST_OCTETS_KEPT = 512
CHUNK = 16 * 1024
# What a socket that does not block has to wait for; TLS may have to read before it can write.
_WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Stream:
    """What a server and we send each other; `local` is this end's address.

    `first_octets` are the server's, `unread` what was received and not taken yet, `sent` how many
    octets of the last `write` went out. Whatever fails raises Fault.
    """

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.limits = limits
        self.local = _local(connection)
        self.first_octets = b""
        self.unread = bytearray()
        self.sent = 0
        self._poll = select.poll()

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects it."""
        return isinstance(self.connection, ssl.SSLSocket)

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to read, not even the end of the connection."""
        decrypted = isinstance(self.connection, ssl.SSLSocket) and self.connection.pending()
        return not (self.unread or decrypted or self._ready(select.POLLIN, 0.0))

    def write(self, octets: bytes | memoryview, phase: Phase) -> None:
        """Send octets as they are; each time that some go out, the phase begins anew."""
        self.sent = 0
        deadline: Deadline | None = None
        try:
            while self.sent < len(octets):
                try:
                    self.sent += self.connection.send(octets[self.sent :])
                    deadline = None
                except _WAITS as blocked:
                    deadline = deadline or self.limits(phase)
                    self._wait(_awaited(blocked, select.POLLOUT), deadline)
        except OSError as error:
            raise fault_of(error) from None

    def take_line(self) -> bytes | None:
        """The next line, without its end, if all of it was received."""
        end = self.unread.find(b"\n")
        if end < 0:
            return None
        line = bytes(self.unread[:end]).removesuffix(b"\r")
        del self.unread[: end + 1]
        return line

    def fill(self, deadline: Deadline) -> None:
        """Wait for more octets."""
        try:
            data = self._read(deadline)
        except OSError as error:
            raise fault_of(error) from None
        if not data:
            raise Fault(Kind.CLOSED, error="connection closed by the server")
        if len(self.first_octets) < FIRST_OCTETS_KEPT:
            self.first_octets = (self.first_octets + data)[:FIRST_OCTETS_KEPT]
        self.unread += data

    def start_tls(self, context: ssl.SSLContext, server: str) -> ssl.SSLSocket:
        """Turn the connection into a TLS connection; raises Fault, also for early plaintext.

        What arrived before the handshake was not protected and could have been slipped in by
        anyone on the way (RFC 3207, section 6; CVE-2011-0411), so it ends the conversation.
        """
        if self.unread:
            raise Fault(Kind.TLS, error="plaintext was sent ahead of the TLS handshake")
        deadline = self.limits(Phase.CONNECT)
        with faults():
            self._refuse_broken()
            try:
                self.connection = secured = context.wrap_socket(
                    self.connection, server_hostname=server, do_handshake_on_connect=False
                )
            except ValueError as error:  # a name that no certificate can be for
                raise Fault(Kind.TLS, error=str(error)) from None
            while True:
                try:
                    secured.do_handshake()
                except _WAITS as blocked:
                    self._wait(_awaited(blocked, select.POLLIN), deadline)
                else:
                    return secured

    def close(self) -> None:
        """End the connection; trouble while doing so is of no interest to anyone."""
        with contextlib.suppress(OSError):
            self.connection.close()

    def _refuse_broken(self) -> None:
        """Raise the OSError of a connection that was reset; SSLContext would leave it open."""
        if error := self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))

    def _read(self, deadline: Deadline) -> bytes:
        if not self.encrypted:  # else it may be here, decrypted already
            self._wait(select.POLLIN, deadline)
        while True:
            try:
                return self.connection.recv(CHUNK)
            except _WAITS as blocked:
                self._wait(_awaited(blocked, select.POLLIN), deadline)

    def _wait(self, event: int, deadline: Deadline) -> None:
        if not self._ready(event, deadline.remaining()):
            raise TimeoutError("timed out")

    def _ready(self, event: int, seconds: float) -> bool:
        self._poll.register(self.connection, event)
        return bool(self._poll.poll(seconds * 1000))


def _awaited(blocked: OSError, usual: int) -> int:
    """The event that `blocked` waits for: the `usual` one, unless TLS has to do the other first."""
    if isinstance(blocked, ssl.SSLWantReadError):
        return select.POLLIN
    return select.POLLOUT if isinstance(blocked, ssl.SSLWantWriteError) else usual


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"
