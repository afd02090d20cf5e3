"""Octets and lines over one connection, in clear text or in TLS, each wait within its limit."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl

from smtp_panel.net.deadline import Deadline
from smtp_panel.smtp.facts import Kind
from smtp_panel.smtp.fault import Fault, faults
from smtp_panel.smtp.limits import Limits, Phase

FIRST_OCTETS_KEPT = 512
CHUNK = 16 * 1024


class Stream:
    """What a server and we send each other; `local` is this end's address.

    `first_octets` are the server's, `unread` what was received and not taken yet, `sent` how many
    octets of the last `write` went out. Whatever fails raises Fault.
    """

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self.connection = connection
        self.limits = limits
        self.local = _local(connection)
        self.first_octets = b""
        self.unread = bytearray()
        self.sent = 0

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to read, be it the end."""
        if self.unread or (
            isinstance(self.connection, ssl.SSLSocket) and self.connection.pending()
        ):
            return False
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return not poll.poll(0)

    def write(self, octets: bytes | bytearray, phase: Phase) -> None:
        """Send octets as they are; in pieces, since TLS would grant each record the whole time."""
        self.sent = 0
        with faults(), memoryview(octets) as view:
            while self.sent < len(octets):
                self.connection.settimeout(self.limits(phase).remaining())
                self.sent += self.connection.send(view[self.sent : self.sent + CHUNK])

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
        with faults():
            self.connection.settimeout(deadline.remaining())
            data = self.connection.recv(CHUNK)
        if not data:
            raise Fault(Kind.CLOSED, error="connection closed by the server")
        if len(self.first_octets) < FIRST_OCTETS_KEPT:
            self.first_octets = (self.first_octets + data)[:FIRST_OCTETS_KEPT]
        self.unread += data

    def start_tls(self, context: ssl.SSLContext, server: str) -> ssl.SSLSocket:
        """Turn the connection into a TLS connection, also for early plaintext a Fault.

        What arrived before the handshake was not protected and could have been slipped in by
        anyone on the way (RFC 3207, section 6; CVE-2011-0411), so it ends the conversation.
        """
        if self.unread:
            raise Fault(Kind.TLS, error="plaintext was sent ahead of the TLS handshake")
        with faults():
            try:
                self.connection = secured = context.wrap_socket(
                    self.connection, server_hostname=server, do_handshake_on_connect=False
                )
            except ValueError as error:  # a name that no certificate can be for
                raise Fault(Kind.TLS, error=str(error)) from None
            secured.settimeout(self.limits(Phase.CONNECT).remaining())
            secured.do_handshake()
        return secured

    def close(self) -> None:
        """End the connection; trouble while doing so is of no interest to anyone."""
        with contextlib.suppress(OSError):
            self.connection.close()


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"
