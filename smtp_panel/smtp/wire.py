"""Command lines and replies over one connection, with the replies that are still owed counted."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
from collections.abc import Iterator

from smtp_panel.net.deadline import Deadline
from smtp_panel.secret import Secret
from smtp_panel.smtp.facts import NEGATIVE, Kind
from smtp_panel.smtp.fault import Fault, faults
from smtp_panel.smtp.limits import Limits, Phase, overall
from smtp_panel.smtp.reply import LINE, Reply
from smtp_panel.smtp.text import printable
from smtp_panel.smtp.transcript import MASK, Redactor, Transcript

REPLY_LIMIT = 16 * 1024  # octets; a line may have 12288 (RFC 4954, section 4)
FIRST_OCTETS_KEPT = 512
FOREIGN_SHOWN = 4  # characters: enough to tell HTTP from SSH, and no more (SPEC L3)
CHUNK = 16 * 1024
SERVICE_CLOSING = 421
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Wire:
    """A connection on which commands are written and replies read; `local` is this end's address.

    Every method raises Fault and nothing else for what the network or the server does. After that
    the connection is `poisoned`, for nobody can tell any more which reply answers what; where the
    server hangs up, or says that it will, it is `closing`, and the replies that are owed can still
    be read. `transcript` is where the next lines are recorded; `in_transaction` tells that the
    server has taken a MAIL whose end is still to come.
    """

    def __init__(
        self, connection: socket.socket, limits: Limits, transcript: Transcript, redact: Redactor
    ) -> None:
        self.connection = connection
        self.transcript = transcript
        self.local = _local(connection)
        self.first_octets = b""
        self.poisoned = False
        self.closing = False
        self.in_transaction = False
        self._owed = 1  # replies; the greeting is the first
        self._limits = limits
        self._redact = redact
        self._buffer = bytearray()

    @property
    def literal(self) -> str:
        """This end, as a host names itself without a name (RFC 5321, section 4.1.3)."""
        return f"[IPv6:{self.local}]" if ":" in self.local else f"[{self.local}]"

    @property
    def idle(self) -> bool:
        """Whether the server waits for a command: it is there, and owes and says nothing."""
        if self.poisoned or self.closing or self._owed or self._buffer:
            return False
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return not poll.poll(0)

    def command(self, line: str, secret: Secret | None = None) -> Reply:
        """Send a command line, ended by the words of `secret` where there are any; its reply."""
        if secret is None:
            self.ask(line)
        else:
            self._ask_secretly(line, secret)
        return self.reply()

    def ask(self, *lines: str) -> None:
        """Send command lines; their replies are owed, and read by `reply`, in this order.

        Raises ValueError for a control character, such as makes two commands of one.
        """
        octets = b"".join(map(_octets, lines))
        for line in lines:
            self.transcript.sent(line)
        self._write(octets, Phase.COMMAND)
        self._owed += len(lines)

    def write(self, octets: bytes) -> None:
        """Send a piece of the content."""
        self._write(octets, Phase.BLOCK)

    def end_content(self) -> None:
        """All of the content is written, so that a reply is owed."""
        self._owed += 1

    def reply(self, phase: Phase = Phase.COMMAND) -> Reply:
        """Read one reply of however many lines (RFC 5321, section 4.2.1)."""
        with self._poisoning():
            self._refuse_poisoned()
            found = self._read(self._limits(phase))
        self._owed -= 1
        self.closing |= found.code == SERVICE_CLOSING
        return found

    def start_tls(self, context: ssl.SSLContext, server: str) -> ssl.SSLSocket:
        """Turn the connection into a TLS connection; raises Fault, also for early plaintext.

        What arrived before the handshake was not protected and could have been slipped in by
        anyone on the way (RFC 3207, section 6; CVE-2011-0411), so it ends the conversation.
        """
        with self._poisoning(), faults():
            if self._buffer:
                raise Fault(Kind.TLS, error="plaintext was sent ahead of the TLS handshake")
            try:
                self.connection = secured = context.wrap_socket(
                    self.connection, server_hostname=server, do_handshake_on_connect=False
                )
            except ValueError as error:  # a name that no certificate can be for
                raise Fault(Kind.TLS, error=str(error)) from None
            secured.settimeout(self._limits(Phase.CONNECT).remaining())
            secured.do_handshake()
        return secured

    def farewell(self, seconds: float) -> None:
        """Say QUIT and wait up to `seconds` for the answer."""
        self._limits = overall(Deadline(seconds))
        self.command("QUIT")

    def poison(self) -> None:
        """Leave nothing to be done with the connection but to close it."""
        self.poisoned = True

    def close(self) -> None:
        """End the connection; trouble while doing so is of no interest to anyone."""
        self.poisoned = True
        with contextlib.suppress(OSError):
            self.connection.close()

    @contextlib.contextmanager
    def _poisoning(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.poisoned = True
            raise

    def _ask_secretly(self, line: str, secret: Secret) -> None:
        """The octets are overwritten once they are gone: no frame of a traceback holds a login."""
        self.transcript.sent(f"{line} {MASK}".lstrip())
        octets = bytearray(_octets(f"{line} {secret.reveal()}".lstrip()))
        try:
            self._write(octets, Phase.COMMAND)
        finally:
            octets[:] = bytes(len(octets))
        self._owed += 1

    def _write(self, octets: bytes | bytearray, phase: Phase) -> None:
        """In pieces, since TLS would grant each record the whole time."""
        self._refuse_poisoned()
        self._refuse_unasked()
        try:
            with faults(), memoryview(octets) as view:
                for start in range(0, len(octets), CHUNK):
                    self.connection.settimeout(self._limits(phase).remaining())
                    self.connection.sendall(view[start : start + CHUNK])
        except BaseException as error:
            self.closing = True
            self.poisoned |= not self._owed
            if isinstance(error, Fault):
                raise self._parting_words(error) from None
            raise

    def _refuse_poisoned(self) -> None:
        if self.poisoned:
            raise Fault(Kind.CLOSED, error="the connection was given up")

    def _refuse_unasked(self) -> None:
        """An answer ahead of its command would be taken for that of the next one, and so on.

        A refusal is one whenever it comes, as 421 may at any time (RFC 5321, section 3.8).
        """
        if self._buffer and not self._owed:
            self.poisoned = True
            refusal = self._refusal()
            raise refusal or Fault(Kind.UNASKED, error="the server answered before it was asked")

    def _parting_words(self, fault: Fault) -> Fault:
        """A server that hung up on us may have said why, which tells more than the loss does."""
        if fault.kind is Kind.CLOSED and not self._owed:
            with contextlib.suppress(Fault):
                return self._refusal() or fault
        return fault

    def _refusal(self) -> Fault | None:
        reply = self._read(self._limits(Phase.COMMAND))
        return Fault.refused(reply) if reply.code // 100 in NEGATIVE else None

    def _read(self, deadline: Deadline) -> Reply:
        lines: list[str] = []
        size = 0
        while True:
            raw = self._line(deadline)
            size += len(raw)
            match = LINE.fullmatch(raw)
            if match is None or size > REPLY_LIMIT:
                raise self._foreign(raw)
            lines.append(_decode(match[3] or b""))
            self.transcript.received(_decode(raw))
            if match[2] != b"-":
                shown = tuple(printable(self._redact(line)) for line in lines)
                return Reply(int(match[1]), tuple(lines), shown)

    def _line(self, deadline: Deadline) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            self._refuse_foreign_start()
            self._fill(deadline)
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _fill(self, deadline: Deadline) -> None:
        with faults():
            self.connection.settimeout(deadline.remaining())
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
        self.transcript.received(f"{shown}... ({len(raw)} octets that are no SMTP reply)")
        return Fault(Kind.NOT_SMTP, error="the answer is no SMTP reply")


def _octets(line: str) -> bytes:
    if _CONTROL.search(line):
        raise ValueError("a control character in a command")
    return line.encode() + b"\r\n"


def _local(connection: socket.socket) -> str:
    with contextlib.suppress(OSError):
        return str(connection.getsockname()[0])
    return "127.0.0.1"


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
