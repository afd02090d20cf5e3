"""Lines and replies over one connection, all under one deadline."""

from __future__ import annotations

import contextlib
import socket
import ssl

from smtp_panel.net.deadline import Deadline
from smtp_panel.smtp.facts import Kind
from smtp_panel.smtp.fault import Fault, faults
from smtp_panel.smtp.reply import LINE, Reply
from smtp_panel.smtp.transcript import Redactor, Transcript

REPLY_LIMIT = 16 * 1024  # octets; a line may have 12288 (RFC 4954, section 4)
FIRST_OCTETS_KEPT = 512
FOREIGN_SHOWN = 4  # characters: enough to tell HTTP from SSH, and no more (SPEC L3)
CHUNK = 16 * 1024


class Wire:
    """A connection on which commands are written and replies read; `local` is this end's address.

    Every method raises Fault and nothing else for what the network or the server does.
    """

    def __init__(
        self,
        connection: socket.socket,
        deadline: Deadline,
        transcript: Transcript,
        redact: Redactor,
    ) -> None:
        self.connection = connection
        self.local = _local(connection)
        self.first_octets = b""
        self._deadline = deadline
        self._transcript = transcript
        self._redact = redact
        self._buffer = bytearray()

    @property
    def literal(self) -> str:
        """This end, as a host names itself without a name (RFC 5321, section 4.1.3)."""
        return f"[IPv6:{self.local}]" if ":" in self.local else f"[{self.local}]"

    def command(self, line: str, shown: str | None = None) -> Reply:
        """Send one command line and read the reply; `shown` is what the transcript gets of it.

        Raises ValueError for a line break, which would make two commands of one.
        """
        if "\r" in line or "\n" in line:
            raise ValueError("a line break in a command")
        self._transcript.sent(line if shown is None else shown)
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def send(self, data: bytes) -> None:
        """Send octets as they are; in pieces, since TLS would grant each record the whole time."""
        self._refuse_unasked()
        try:
            with faults():
                for start in range(0, len(data), CHUNK):
                    self.connection.settimeout(self._deadline.remaining())
                    self.connection.sendall(data[start : start + CHUNK])
        except Fault as fault:
            raise self._parting_words(fault) from None

    def reply(self) -> Reply:
        """Read one reply of however many lines (RFC 5321, section 4.2.1)."""
        lines: list[str] = []
        size = 0
        while True:
            raw = self._line()
            size += len(raw)
            match = LINE.fullmatch(raw)
            if match is None or size > REPLY_LIMIT:
                raise self._foreign(raw)
            text = _decode(match[3] or b"")
            lines.append(text)
            self._transcript.received(_decode(raw))
            if match[2] != b"-":
                shown = tuple(map(self._redact, lines))
                return Reply(int(match[1]), tuple(lines), shown)

    def start_tls(self, context: ssl.SSLContext, server: str) -> ssl.SSLSocket:
        """Turn the connection into a TLS connection; raises Fault, also for early plaintext.

        What arrived before the handshake was not protected and could have been slipped in by
        anyone on the way (RFC 3207, section 6; CVE-2011-0411), so it ends the conversation.
        """
        if self._buffer:
            raise Fault(Kind.TLS, error="plaintext was sent ahead of the TLS handshake")
        with faults():
            secured = context.wrap_socket(
                self.connection, server_hostname=server, do_handshake_on_connect=False
            )
            self.connection = secured
            secured.settimeout(self._deadline.remaining())
            secured.do_handshake()
        return secured

    def farewell(self, seconds: float) -> None:
        """Say QUIT and wait up to `seconds` for the answer."""
        self._deadline = Deadline(seconds)
        self.command("QUIT")

    def close(self) -> None:
        """End the connection; trouble while doing so is of no interest to anyone."""
        with contextlib.suppress(OSError):
            self.connection.close()

    def _refuse_unasked(self) -> None:
        """An answer ahead of its command would be taken for that of the next one, and so on.

        A refusal is one whenever it comes, as 421 may at any time (RFC 5321, section 3.8).
        """
        if self._buffer:
            reply = self.reply()
            error = "the server answered before it was asked"
            raise Fault.refused(reply) if reply.code >= 400 else Fault(Kind.UNASKED, error=error)

    def _parting_words(self, fault: Fault) -> Fault:
        """A server that hung up on us may have said why, which tells more than the loss does."""
        if fault.kind is Kind.CLOSED:
            with contextlib.suppress(Fault):
                return Fault.refused(self.reply())
        return fault

    def _line(self) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            self._refuse_foreign_start()
            self._fill()
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _fill(self) -> None:
        with faults():
            self.connection.settimeout(self._deadline.remaining())
            data = self.connection.recv(CHUNK)
        if not data:
            raise Fault(Kind.CLOSED, error="connection closed by the server")
        if len(self.first_octets) < FIRST_OCTETS_KEPT:
            self.first_octets = (self.first_octets + data)[:FIRST_OCTETS_KEPT]
        self._buffer += data

    def _refuse_foreign_start(self) -> None:
        start = bytes(self._buffer[:3])
        if len(self._buffer) > REPLY_LIMIT or (len(start) == 3 and not start.isdigit()):
            raise self._foreign(bytes(self._buffer))

    def _foreign(self, raw: bytes) -> Fault:
        shown = self._redact(_decode(raw))[:FOREIGN_SHOWN]
        self._transcript.received(f"{shown}... ({len(raw)} octets that are no SMTP reply)")
        return Fault(Kind.NOT_SMTP, error="the answer is no SMTP reply")


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
