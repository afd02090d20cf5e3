"""A connection to a mail server: opened once, good for many messages, and then left.

The only place that opens a mail socket. What belongs to one message is in its Transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from smtp_panel.net.dial import MOST_DIALLED
from smtp_panel.net.network import Address, Network
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.envelope import Envelope, Receipt
from smtp_panel.smtp.facts import Facts
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import Limits, Phase
from smtp_panel.smtp.opening import Opening
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.smtp.trace import Listener
from smtp_panel.smtp.transaction import Transaction
from smtp_panel.smtp.transcript import Transcript

FAREWELL_SECONDS = 1.0


class Connection:
    """A connection to `endpoint`, within `limits` whatever the server does.

    `open` it, `send` while it is `usable`, `quit`, and `close` in any case. `listener` is told each
    step. Commands are said ahead of their replies where the server offers that (RFC 2920) and
    `pipelining` is wanted; else one at a time, so that each step ends with its own reply. Access
    tokens are taken from `tokens`, and kept there for the next connection.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        network: Network,
        listener: Listener | None = None,
        *,
        pipelining: bool = True,
        tokens: Tokens | None = None,
    ) -> None:
        self._limits = limits
        self._pipelining = pipelining
        self._begun = 0  # messages
        self._opening = Opening(endpoint, limits, network, listener, tokens or Tokens())

    def open(self) -> None:
        """Connect, secure the line, say EHLO and sign in, as the endpoint asks; raises Fault."""
        self._opening.run()

    @property
    def usable(self) -> bool:
        """Whether another message can be sent: the server waits for a command, and takes one."""
        return self._opening.wire is not None and self._opening.wire.idle and self._has_place

    @property
    def address(self) -> Address | None:
        """The address that the connection leads to, else the one that was tried first."""
        return self._opening.address or next(iter(self._opening.addresses), None)

    @property
    def tried_in_vain(self) -> int:
        """How many addresses were dialled where none was reached, else 0."""
        return 0 if self._opening.address else len(self._opening.addresses[:MOST_DIALLED])

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that the server offers."""
        return self._opening.extensions.mechanisms

    @property
    def limits(self) -> Mapping[str, int]:
        """What the server says that it takes at most, by the names of RFC 1870 and RFC 9422."""
        return self._opening.extensions.limits

    @property
    def transcript(self) -> Transcript:
        """What was said until the server was ready for mail."""
        return self._opening.transcript

    def send(
        self, envelope: Envelope, content: Content | None, transcript: Transcript | None = None
    ) -> Receipt:
        """Hand over one message; without `content`, ask only whether the envelope is taken.

        It is recorded in `transcript`, by default a new one. Whatever the server or the network
        does is told by the receipt. Raises RuntimeError before `open`.
        """
        return self._begin(envelope, content, transcript).run()

    def send_all(self, messages: Iterable[tuple[Envelope, Content]]) -> Iterator[Receipt]:
        """Hand over one message after the other, as long as there are any and this is `usable`.

        Each is taken from `messages` while the server thinks about the envelope before it. Where
        PIPELINING is offered, the next envelope goes out behind the final dot (RFC 2920, section
        3.1), so that a message costs one round trip. Every message that is taken from `messages`
        has its receipt, in this order; where the connection ends before the content of the next
        one, that one was never sent. Whoever stops early leaves a connection that may be no longer
        usable.
        """
        waiting = iter(messages)
        current = self._next(waiting)
        while current:
            current.begin()
            following = self._next(waiting) if self._opening.ready.open else None
            yield current.run(following if self._pipelined else None)
            current = following

    def facts(self, fault: Fault, envelope: Envelope) -> Facts:
        """Everything that is known about `fault`, met while this was opened for `envelope`."""
        return self._opening.facts(fault, envelope.sender, next(iter(envelope.recipients), ""))

    def quit(self) -> None:
        """Say QUIT where it is taken for a command, wait a second at most, and close."""
        wire = self._opening.wire
        if wire and not (wire.poisoned or wire.owed):
            with suppress(Fault, TimeoutError):
                wire.transcript = self._opening.transcript
                wire.farewell(self._limits(Phase.COMMAND).within(FAREWELL_SECONDS))
        self.close()

    def close(self) -> None:
        """End the connection without ceremony."""
        if self._opening.wire:
            self._opening.wire.close()

    @property
    def _has_place(self) -> bool:
        """Whether the server takes another message on this connection, as it has said itself."""
        return self._begun < self.limits.get("MAILMAX", self._begun + 1)

    @property
    def _pipelined(self) -> bool:
        return self._pipelining and "PIPELINING" in self._opening.extensions

    def _next(self, messages: Iterator[tuple[Envelope, Content]]) -> Transaction | None:
        message = next(messages, None) if self._has_place else None
        return self._begin(*message) if message else None

    def _begin(
        self, envelope: Envelope, content: Content | None, transcript: Transcript | None = None
    ) -> Transaction:
        self._begun += 1
        record = transcript or Transcript(self._opening.redact)
        return Transaction(self._opening, envelope, content, record, pipelined=self._pipelined)
