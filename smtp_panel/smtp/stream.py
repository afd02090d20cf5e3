"""Octets and lines over one connection, in clear text or in TLS, each wait within its limit."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import struct

from smtp_panel.net.deadline import Deadline, TimedOut
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.fault import Fault, fault_of, faults
from smtp_panel.smtp.limits import Limits, Phase
from smtp_panel.words import N_, Quoted, Sentence

FIRST_OCTETS_KEPT = 512
CHUNK = 16 * 1024
# In clear text a read or write itself waits for so long, which saves most replies a system call; a
# deadline may be missed by as much. With TLS none does, for the ssl module would wait for ever.
PATIENCE_MS = 50
# What nothing came of yet; TLS may have to read before it can write.
_WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_CLOSED = Sentence(N_("connection closed by the server"))
_AHEAD_OF_TLS = Sentence(N_("plaintext was sent ahead of the TLS handshake"))


class Stream:
    """What a server and we send each other; `local` is this end's address.

    `first_octets` are the server's, `unread` what was received and not taken yet, `sent` how many
    octets of the last `write` went out; `encrypted` tells whether TLS protects it. Whatever fails
    raises Fault.
    """

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        connection.setblocking(True)
        patience = struct.pack("@ll", 0, PATIENCE_MS * 1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        self.connection = connection
        self.limits = limits
        self.local = _local(connection)
        self.first_octets = b""
        self.unread = b""
        self.sent = 0
        self.encrypted = False
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(connection, select.POLLIN)
        self._writable.register(connection, select.POLLOUT)

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to read now, not even the end of the connection."""
        decrypted = isinstance(self.connection, ssl.SSLSocket) and self.connection.pending()
        return not (self.unread or decrypted or self._readable.poll(0))

    def write(self, octets: bytes | memoryview, phase: Phase) -> None:
        """Send `octets` as they are; whenever some go out, the time of `phase` begins anew."""
        self.sent = 0
        deadline: Deadline | None = None
        try:
            while self.sent < len(octets):
                try:
                    self.sent += self.connection.send(octets[self.sent :])
                    deadline = None
                except _WAITS as blocked:
                    deadline = deadline or self.limits(phase)
                    _wait(self._awaited(blocked, self._writable), deadline)
        except OSError as error:
            raise fault_of(error) from None

    def take_line(self) -> bytes | None:
        """Take the next line, without its end, from `unread`; None where it holds no whole one."""
        line, end, rest = self.unread.partition(b"\n")
        if not end:
            return None
        self.unread = rest
        return line.removesuffix(b"\r")

    def fill(self, deadline: Deadline) -> None:
        """Wait until `deadline` for more octets, and add them to `unread`."""
        data = None
        try:
            deadline.remaining()  # raises TimeoutError once it is over, though the server goes on
            while data is None:
                try:
                    data = self.connection.recv(CHUNK)
                except _WAITS as blocked:
                    _wait(self._awaited(blocked, self._readable), deadline)
        except OSError as error:
            raise fault_of(error) from None
        if not data:
            raise Fault(FaultKind.CLOSED, error=_CLOSED)
        self._keep(data)

    def glance(self) -> None:
        """Add to `unread` what is there already, if anything; what fails shows soon enough."""
        if not self.quiet:
            with contextlib.suppress(OSError):  # also where TLS alone has said something
                self._keep(self.connection.recv(CHUNK))

    def start_tls(self, context: ssl.SSLContext, server: str) -> ssl.SSLSocket:
        """Turn the connection into a TLS connection; raises Fault, also for early plaintext.

        What arrived before the handshake was not protected and could have been slipped in by
        anyone on the way (RFC 3207, section 6; CVE-2011-0411), so it ends the conversation.
        """
        if self.unread:
            raise Fault(FaultKind.TLS, error=_AHEAD_OF_TLS)
        deadline = self.limits(Phase.CONNECT)
        with faults():
            self._refuse_broken()
            self.connection.setblocking(False)
            try:
                self.connection = secured = context.wrap_socket(
                    self.connection, server_hostname=server, do_handshake_on_connect=False
                )
            except ValueError as error:  # a name that no certificate can be for
                raise Fault(FaultKind.TLS, error=Quoted(str(error))) from None
            while True:
                try:
                    secured.do_handshake()
                except _WAITS as blocked:
                    _wait(self._awaited(blocked, self._readable), deadline)
                else:
                    self.encrypted = True
                    return secured

    def close(self) -> None:
        """End the connection; trouble while doing so is of no interest to anyone."""
        with contextlib.suppress(OSError):
            self.connection.close()

    def _keep(self, data: bytes) -> None:
        if len(self.first_octets) < FIRST_OCTETS_KEPT:
            self.first_octets = (self.first_octets + data)[:FIRST_OCTETS_KEPT]
        self.unread += data

    def _refuse_broken(self) -> None:
        """Raise the OSError of a connection that was reset; SSLContext would leave it open."""
        if error := self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))

    def _awaited(self, blocked: OSError, usual: select.poll) -> select.poll:
        """What `blocked` waits for: the `usual`, unless TLS has to do the other first."""
        if isinstance(blocked, ssl.SSLWantReadError):
            return self._readable
        return self._writable if isinstance(blocked, ssl.SSLWantWriteError) else usual


def _wait(ready: select.poll, deadline: Deadline) -> None:
    if not ready.poll(deadline.remaining() * 1000):
        raise TimedOut(N_("timed out"))


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"
