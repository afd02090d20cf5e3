"""One mail transaction: envelope and content, and what the server says to them (RFC 5321, 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope, Receipt, path
from smtp_panel.smtp.facts import NEGATIVE, Facts, Handover, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import Phase
from smtp_panel.smtp.opening import Opening
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.text import TOLD, one_line
from smtp_panel.smtp.transcript import Transcript

WINDOW = 4096  # octets of commands ahead of their replies; the least that TCP has room for
POSITIVE = 2  # the first digit
GO_AHEAD = 354


class Transaction:
    """Hands one message over on a connection that was opened.

    Without `content` it ends with the recipients: that is a question, and no mail. Where
    `pipelined`, commands are said ahead of their replies (RFC 2920), at most 4 kB of them, as
    `ask` or `run` comes to them; else each waits for the reply to the one before it.
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
        self._content = content
        self._transcript = transcript
        self._window = WINDOW if pipelined else 0
        self._reset = False
        self._commands: list[str] = []
        self._asked = self._heard = 0
        self._handover = Handover.NOT_BEGUN
        self._accepted: list[str] = []
        self._refused: dict[str, Facts] = {}
        self._refusals: list[Reply] = []
        self._fault: Fault | None = None
        self._reply: Reply | None = None

    def ask(self) -> None:
        """Say as much of the envelope as may be said ahead; a failure is kept for `run`."""
        try:
            self._prepare()
            self._ask_ahead()
        except Fault as fault:
            self._fault = fault

    def run(self, behind: Callable[[], None]) -> Receipt:
        """Carry it out to its end, whatever that is; raises nothing for what the server does.

        `behind` is called once the final dot is out, before its reply is waited for.
        """
        failure = None
        try:
            self._mail_from()
            self._rcpt_to()
            if self._content:
                self._data(self._content, behind)
        except Fault as fault:
            failure = self._facts(fault)
            self._settle()
        reply = self._reply
        return Receipt(
            envelope=self._envelope,
            accepted=tuple(self._accepted) if failure is None else (),
            refused=self._refused,
            failure=failure,
            reply=one_line(str(reply), TOLD) if reply else "",
            queue_id=reply.queue_id if reply else None,
            transcript=self._transcript,
        )

    def _mail_from(self) -> None:
        with self._step(Stage.MAIL_FROM) as met:
            self._prepare()
            if self._reset:
                self._accept(self._hear())
            reply = self._accept(self._hear())
            self._wire.in_transaction = True
            met.update(address=self._envelope.sender, reply=one_line(str(reply), TOLD))

    def _rcpt_to(self) -> None:
        """Each recipient has a fate of its own; it is a failure where all are refused."""
        last = None
        for recipient in self._envelope.recipients:
            try:
                with self._step(Stage.RCPT_TO) as met:
                    reply = self._accept(self._hear())
                    met.update(address=recipient, reply=one_line(str(reply), TOLD))
            except Fault as fault:
                if fault.reply is None or self._wire.closing or self._wire.poisoned:
                    raise
                self._refused[recipient] = self._facts(fault, recipient)
                self._refusals.append(fault.reply)
                last = fault
            else:
                self._accepted.append(recipient)
        if last and not self._accepted:
            raise last

    def _data(self, content: Content, behind: Callable[[], None]) -> None:
        with self._step(Stage.DATA) as met:
            self._in_step(reply := self._hear(Phase.DATA), taken=reply.code == GO_AHEAD)
            self._transcript.sent(f"(message, {content.size} octets)")
            self._handover = Handover.SENDING
            for piece in content.pieces():
                self._wire.write(piece)
            self._end_content()
            self._handover = Handover.FINISHED
            behind()
            self._wire.transcript = self._transcript
            reply = self._reply = self._accept(self._wire.reply(Phase.END))
            told = one_line(str(reply), TOLD)
            met.update(reply=told, queue_id=reply.queue_id, octets=content.size)

    def _end_content(self) -> None:
        self._wire.end_content()
        self._wire.in_transaction = False

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

    def _prepare(self) -> None:
        """Write the commands; raises Fault where the server may not be given such a message."""
        if self._fault:
            raise self._fault
        if self._commands:
            return
        asked = self._opened.extensions.mail_parameters(self._envelope, self._content)
        self._reset = self._wire.in_transaction
        self._commands = [
            *(["RSET"] if self._reset else []),
            " ".join((f"MAIL FROM:{path(self._envelope.sender)}", *asked)),
            *(f"RCPT TO:{path(recipient)}" for recipient in self._envelope.recipients),
            *(["DATA"] if self._content else []),
        ]

    def _ask_ahead(self) -> None:
        """Say the next command where none is unanswered, and what fits the window behind it."""
        room = self._window - sum(map(len, self._commands[self._heard : self._asked]))
        first = end = self._asked
        for line in self._commands[first:]:
            room -= len(line) + 2
            if room < 0 and end > self._heard:
                break
            end += 1
        if end > first:
            self._wire.transcript = self._transcript
            self._wire.ask(*self._commands[first:end])
            self._asked = end

    def _hear(self, phase: Phase = Phase.COMMAND) -> Reply:
        self._ask_ahead()
        self._wire.transcript = self._transcript
        reply = self._wire.reply(phase)
        self._heard += 1
        return reply

    def _settle(self) -> None:
        """Read what is still owed; the go-ahead for a content gets a dot alone (RFC 2920, 3.1)."""
        with suppress(Fault):
            while self._heard < self._asked and not self._wire.closing:
                said, reply = self._commands[self._heard], self._wire.reply()
                self._heard += 1
                if said == "DATA" and reply.code == GO_AHEAD:
                    self._wire.write(b".\r\n")
                    self._end_content()
                    self._wire.reply(Phase.END)

    def _facts(self, fault: Fault, recipient: str = "") -> Facts:
        return self._opened.facts(
            fault,
            self._envelope.sender,
            recipient or next(iter(self._envelope.recipients), ""),
            handover=self._handover,
            refusals=self._refusals,
        )
