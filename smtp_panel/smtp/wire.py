"""Command lines and replies over one connection, with the replies that are still owed counted."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence

from smtp_panel.net.deadline import Deadline
from smtp_panel.secret import Secret
from smtp_panel.smtp.facts import NEGATIVE, FaultKind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import Limits, Phase, overall
from smtp_panel.smtp.reply import REPLY_LINE, Reply
from smtp_panel.smtp.stream import Stream
from smtp_panel.smtp.text import printable
from smtp_panel.smtp.transcript import MASK, Redactor, Transcript
from smtp_panel.words import N_, Sentence

REPLY_LIMIT = 16 * 1024  # octets; a line may have 12288 (RFC 4954, section 4)
FOREIGN_SHOWN = 4  # characters: enough to tell HTTP from SSH, and no more (SPEC L3)
SERVICE_CLOSING = 421
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Wire:
    """A conversation in commands and replies.

    Every method raises Fault and nothing else for what the network or the server does. After that
    the connection is `poisoned`, for nobody can tell any more which reply answers what; where the
    server hangs up, or says that it will, it is `closing`, and the replies that it still owes can
    be read. `owed` is their number, `transcript` where the next lines are recorded;
    `in_transaction` tells that the server has taken a MAIL whose end is still to come; `redact`
    removes secrets from what it says.
    """

    def __init__(
        self, connection: socket.socket, limits: Limits, transcript: Transcript, redact: Redactor
    ) -> None:
        self.stream = Stream(connection, limits)
        self.transcript = transcript
        self.poisoned = False
        self.closing = False
        self.in_transaction = False
        self.owed = 1  # replies; the greeting is the first
        self.redact = redact

    @property
    def literal(self) -> str:
        """This end's address as EHLO gives it in place of a name (RFC 5321, section 4.1.3)."""
        local = self.stream.local
        return f"[IPv6:{local}]" if ":" in local else f"[{local}]"

    @property
    def open(self) -> bool:
        """Whether another command may still be answered."""
        return not (self.poisoned or self.closing)

    @property
    def idle(self) -> bool:
        """Whether the server waits for a command: it is there, and owes and says nothing."""
        return self.open and not self.owed and self.stream.quiet

    def command(self, line: str, secret: Secret | None = None) -> Reply:
        """Send a command line, ended by `secret` where there is one; returns the reply to it."""
        if secret is None:
            self.ask(line)
        else:
            self._ask_secretly(line, secret)
        return self.reply()

    def ask(self, *lines: str) -> None:
        """Send command lines; their replies are owed, and read by `reply`, in this order.

        Where the server has hung up and still owes replies to earlier ones, that comes out behind
        those. Raises ValueError for a control character, such as makes two commands of one.
        """
        octets = b"".join(map(_octets, lines))
        for line in lines:
            self.transcript.sent(line)
        self._say(octets, Phase.COMMAND)
        self.owed += len(lines)

    def write(self, octets: bytes) -> None:
        """Send a piece of the content that is not the last."""
        self._say(octets, Phase.BLOCK)

    def end_content(self, last: bytes, behind: Sequence[str] = ()) -> None:
        """Send the last piece of the content, and command lines `behind` it.

        Raises Fault where the last piece did not go out to its last octet, and where the server
        has answered before it. Trouble with what follows it comes out when its reply is read.
        """
        self.stream.glance()
        octets = last + b"".join(map(_octets, behind))
        try:
            self._say(octets, Phase.BLOCK, enough=len(last))
        finally:
            self.owed += 1 + len(behind)

    def reply(self, phase: Phase = Phase.COMMAND) -> Reply:
        """Read one reply of however many lines (RFC 5321, section 4.2.1)."""
        if self.poisoned:
            raise _given_up()
        self.poisoned = True  # unless the whole of it comes
        found = self._read(phase)
        self.poisoned = False
        self.owed -= 1
        if found.code == SERVICE_CLOSING:
            self.closing = True
        return found

    def start_tls(self, context: ssl.SSLContext, server: str) -> ssl.SSLSocket:
        """Turn the connection into a TLS connection."""
        self.poisoned = True  # unless it succeeds
        secured = self.stream.start_tls(context, server)
        self.poisoned = False
        return secured

    def farewell(self, deadline: Deadline) -> None:
        """Say QUIT and wait until `deadline` for the answer."""
        self.stream.limits = overall(deadline)
        self.command("QUIT")

    def poison(self) -> None:
        """Leave nothing to be done with the connection but to close it."""
        self.poisoned = True

    def close(self) -> None:
        """End the connection without a word."""
        self.poisoned = True
        self.stream.close()

    def _ask_secretly(self, line: str, secret: Secret) -> None:
        """The octets are overwritten once they are gone: no frame of a traceback holds a login."""
        self.transcript.sent(f"{line} {MASK}".lstrip())
        octets = bytearray(_octets(f"{line} {secret.reveal()}".lstrip()))
        try:
            with memoryview(octets) as view:
                self._say(view, Phase.COMMAND)
        finally:
            octets[:] = bytes(len(octets))
        self.owed += 1

    def _say(self, octets: bytes | memoryview, phase: Phase, enough: int | None = None) -> None:
        """Send all, or at least so many octets that are `enough`."""
        if self.poisoned:
            raise _given_up()
        if self.stream.unread and not self.owed:
            raise self._unasked()
        try:
            self.stream.write(octets, phase)
        except BaseException as error:
            self.closing = True
            if isinstance(error, Fault) and self._comes_out_later(error, enough):
                return
            self.poisoned = True
            if isinstance(error, Fault):
                raise self._parting_words(error) from None
            raise

    def _comes_out_later(self, fault: Fault, enough: int | None) -> bool:
        """Whether replies that may be there tell more of trouble with what was to be sent."""
        if enough is not None and self.stream.sent >= enough:
            return True
        return fault.kind is FaultKind.CLOSED and self.owed > 0

    def _unasked(self) -> Fault:
        """An answer ahead of its command would be taken for that of the next one, and so on.

        A refusal is one whenever it comes, as 421 may at any time (RFC 5321, section 3.8).
        """
        self.poisoned = True
        error = Sentence(N_("the server answered before it was asked"))
        return self._refusal() or Fault(FaultKind.UNASKED, error=error)

    def _parting_words(self, fault: Fault) -> Fault:
        """A server that hung up on us may have said why, which tells more than the loss does.

        It says so by a reply, or where TLS does not suit it by an alert (RFC 8446, section 6).
        """
        if fault.kind is not FaultKind.CLOSED:
            return fault
        try:
            return self._refusal() or fault
        except Fault as last:
            return last if last.kind is FaultKind.TLS else fault

    def _refusal(self) -> Fault | None:
        reply = self._read(Phase.COMMAND)
        return Fault.refused(reply) if reply.code // 100 in NEGATIVE else None

    def _read(self, phase: Phase) -> Reply:
        deadline: Deadline | None = None
        lines: list[str] = []
        shown: list[str] = []
        size = 0
        while True:
            while (raw := self.stream.take_line()) is None:
                if self.stream.unread:
                    self._refuse_foreign_start()
                deadline = deadline or self.stream.limits(phase)
                self.stream.fill(deadline)
            size += len(raw)
            match = REPLY_LINE.fullmatch(raw)
            if match is None or size > REPLY_LIMIT:
                raise self._foreign(raw)
            line = _decode(raw)
            lines.append(line[4:])
            shown.append(printable(self.transcript.received(line)[4:]))
            if match[2] != b"-":
                return Reply(int(match[1]), tuple(lines), tuple(shown))

    def _refuse_foreign_start(self) -> None:
        unread = self.stream.unread
        start = unread[:3]
        if len(unread) > REPLY_LIMIT or (len(start) == 3 and not start.isdigit()):
            raise self._foreign(unread)

    def _foreign(self, raw: bytes) -> Fault:
        shown = self.redact(_decode(raw))[:FOREIGN_SHOWN]
        self.transcript.received(f"{shown}... ({len(raw)} octets that are no SMTP reply)")
        return Fault(FaultKind.NOT_SMTP, error=Sentence(N_("the answer is no SMTP reply")))


def _given_up() -> Fault:
    return Fault(FaultKind.CLOSED, error=Sentence(N_("the connection was given up")))


def _octets(line: str) -> bytes:
    if _CONTROL.search(line):
        raise ValueError("a control character in a command")
    return line.encode() + b"\r\n"


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
