"""One mail transaction: envelope and content, and what the server says to them (RFC 5321, 3.3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from typing import Any

from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope, Receipt, path
from smtp_panel.smtp.facts import NEGATIVE, Facts, FaultKind, Handover, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import Phase
from smtp_panel.smtp.opening import Opening
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.text import MOST_TOLD, one_line
from smtp_panel.smtp.trace import Detail
from smtp_panel.smtp.transcript import Transcript
from smtp_panel.smtp.wire import SERVICE_CLOSING
from smtp_panel.words import N_, Sentence

_NO_OTHER = Sentence(N_("the server waits for no other message"))
WINDOW = 4096  # octets of commands ahead of their replies; the least that TCP has room for
POSITIVE = 2  # the first digit
GO_AHEAD = 354
EARLIER = 20  # refusals that a later one is judged with; there may be one for each recipient


def octets(command: str) -> int:
    """How many octets `command` is on the wire, with its line end."""
    return len(command.encode()) + len("\r\n")


class Transaction:
    """Hands one message over on a connection that was opened.

    Without `content` it ends with the recipients: that is a question, and no mail. Where
    `pipelined`, commands are said ahead of their replies (RFC 2920), at most 4 kB of them; else
    each waits for the reply to the one before it.
    """

    def __init__(
        self,
        opened: Opening,
        envelope: Envelope,
        content: Content | None,
        transcript: Transcript,
        *,
        pipelined: bool,
    ) -> None:
        self._opened = opened
        self._wire = opened.ready
        self._step = opened.trace.step
        self._envelope = envelope
        self._recipients = opened.extensions.at_once(envelope.recipients)
        self._content = content
        self._transcript = transcript
        transcript.never_mask((envelope.sender, *envelope.recipients))
        self._window = WINDOW if pipelined else 0
        self._commands: list[str] = []
        self._ends: list[int] = []  # how many octets they are up to each of them
        self._asked = self._heard = 0
        self._reset = False
        self._handover = Handover.NOT_BEGUN
        self._accepted: list[str] = []
        self._refused: dict[str, Facts] = {}
        self._refusals: deque[Reply] = deque(maxlen=EARLIER)
        self._fault: Fault | None = None
        self._reply: Reply | None = None
        try:
            self._write_commands()
        except Fault as fault:
            self._fault = fault

    def begin(self) -> None:
        """Say the first commands, unless that is done; `run` goes on from there."""
        if self._asked or self._fault:
            return
        wire = self._wire  # whose replies, where any are owed, would be taken for ours
        if wire.owed or not wire.open:
            self._fault = Fault(FaultKind.CLOSED, error=_NO_OTHER)
            return
        if wire.in_transaction:
            self._reset = True
            self._write_commands("RSET")
        wire.transcript = self._transcript
        try:
            wire.ask(*self._next_lines())
        except Fault as fault:
            self._fault = fault

    def begin_behind(self) -> Sequence[str]:
        """The commands of the envelope that go out behind the final dot of the message before.

        Not more of them than may be said ahead of their replies; `run` goes on from there.
        """
        lines = [] if self._fault else self._next_lines()
        for line in lines:
            self._transcript.sent(line)
        return lines

    def run(self, following: Transaction | None = None) -> Receipt:
        """Carry it out to its end, whatever that is; raises nothing for what the server does.

        The envelope of the `following` one goes out behind the final dot (RFC 2920, section 3.1).
        """
        failure = None
        self._wire.transcript = self._transcript
        try:
            self._mail_from()
            self._rcpt_to()
            if self._content:
                self._data(self._content, following)
        except Fault as fault:
            failure = self._facts(fault)
            self._drain()
        return Receipt(
            envelope=self._envelope,
            accepted=tuple(self._accepted) if failure is None else (),
            refused=self._refused,
            left=self._left,
            failure=failure,
            reply=self._reply,
            transcript=self._transcript,
        )

    @property
    def _left(self) -> tuple[str, ...]:
        named = frozenset(self._recipients)
        return tuple(each for each in self._envelope.recipients if each not in named)

    def _mail_from(self) -> None:
        with self._step(Stage.MAIL_FROM) as met:
            self.begin()
            if self._fault:
                raise self._fault
            if self._reset:
                self._hear_reset()
            reply = self._accept(self._hear())
            self._wire.in_transaction = True
            self._note(met, reply, address=self._envelope.sender)

    def _rcpt_to(self) -> None:
        """Each recipient has a fate of its own; it is a failure where all are refused."""
        last = None
        for recipient in self._recipients:
            try:
                with self._step(Stage.RCPT_TO) as met:
                    reply = self._accept(self._hear())
                    self._note(met, reply, address=recipient)
            except Fault as fault:
                said = fault.reply
                if said is None or said.code == SERVICE_CLOSING or self._wire.poisoned:
                    raise
                self._refused[recipient] = self._facts(fault, recipient)
                self._refusals.append(said)
                last = fault
            else:
                self._accepted.append(recipient)
        if last and not self._accepted:
            raise last

    def _data(self, content: Content, following: Transaction | None) -> None:
        with self._step(Stage.DATA) as met:
            self._in_step(reply := self._hear(Phase.DATA), taken=reply.code == GO_AHEAD)
            self._transcript.sent(f"(message, {content.size} octets)")
            self._handover = Handover.SENDING
            self._wire.in_transaction = False  # what follows the dot begins anew
            behind = following.begin_behind() if following else ()
            self._wire.end_content(self._all_but_last(content), behind)
            self._handover = Handover.FINISHED
            reply = self._reply = self._accept(self._wire.reply(Phase.END))
            if self._note(met, reply, octets=content.size):
                met["queue_id"] = reply.queue_id

    def _all_but_last(self, content: Content) -> bytes:
        """Send the content up to its last piece, and return that one.

        Where it breaks off, because it cannot be read, nothing but the end of the connection tells
        the server that the rest does not come.
        """
        try:
            pieces = content.pieces()
            last = next(pieces)
            for piece in pieces:
                self._wire.write(last)
                last = piece
            content.before_end()
        except BaseException:
            self._wire.poison()
            raise
        return last

    def _hear_reset(self) -> None:
        """RSET is always taken (RFC 5321, section 4.1.1.5); where it is not, nothing can begin."""
        if (reply := self._hear()).code // 100 != POSITIVE:
            self._wire.poison()
            raise Fault.refused(reply)
        self._wire.in_transaction = False

    def _note(self, met: Detail, reply: Reply, **more: Any) -> bool:
        """Whether anybody listens to what a step has met; if so that is told."""
        if followed := self._opened.trace.followed:
            met.update(more, reply=one_line(str(reply), MOST_TOLD))
        return followed

    def _accept(self, reply: Reply) -> Reply:
        """`reply`, where it is any 2yz (RFC 5321, section 4.2.1); raises Fault for any other."""
        return self._in_step(reply, taken=reply.code // 100 == POSITIVE)

    def _in_step(self, reply: Reply, *, taken: bool) -> Reply:
        """`reply`, if it was `taken`; one that is no refusal either answers something else."""
        if taken:
            return reply
        if reply.code // 100 not in NEGATIVE:
            self._wire.poison()
        raise Fault.refused(reply)

    def _write_commands(self, *before: str) -> None:
        """Write the commands; raises Fault where the server may not be given such a message."""
        envelope, content = self._envelope, self._content
        asked = self._opened.extensions.mail_parameters(envelope, content)
        self._commands = [
            *before,
            " ".join((f"MAIL FROM:{path(envelope.sender)}", *asked)),
            *(f"RCPT TO:{path(recipient)}" for recipient in self._recipients),
            *(["DATA"] if content else []),
        ]
        self._ends = list(accumulate(map(octets, self._commands), initial=0))

    def _next_lines(self) -> Sequence[str]:
        """The next command where none is unanswered, and what fits the window behind it."""
        if self._asked == len(self._commands):
            return ()
        fits = bisect_right(self._ends, self._ends[self._heard] + self._window) - 1
        first, self._asked = self._asked, max(fits, self._heard + 1)
        return self._commands[first : self._asked]

    def _hear(self, phase: Phase = Phase.COMMAND) -> Reply:
        if lines := self._next_lines():
            self._wire.ask(*lines)
        reply = self._wire.reply(phase)
        self._heard += 1
        return reply

    def _drain(self) -> None:
        """Read what is still owed; the go-ahead for a content gets a dot alone (RFC 2920, 3.1)."""
        with suppress(Fault):
            while self._heard < self._asked and self._wire.open:
                said, reply = self._commands[self._heard], self._wire.reply()
                self._heard += 1
                if said == "DATA" and reply.code == GO_AHEAD:
                    self._wire.in_transaction = False
                    self._wire.end_content(b".\r\n")
                    self._wire.reply(Phase.END)

    def _facts(self, fault: Fault, recipient: str = "") -> Facts:
        return self._opened.facts(
            fault,
            self._envelope.sender,
            recipient or next(iter(self._envelope.recipients), ""),
            handover=self._handover,
            refusals=self._refusals,
        )
