"""Walks a connection for a person and tells each step as it happens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from smtp_panel.check.probe import PROBE_SECONDS, Search
from smtp_panel.check.steps import Ladder, Step
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Facts, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.trace import Event

SECONDS = 20.0
PROBE_SHARE = 0.25  # of the time of a check, kept for what is tried after a failure
SIGNED_IN = frozenset({Stage.AUTH, Stage.MAIL_FROM})  # once these are reached


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to `recipient`; `compose` writes it once the steps up to MAIL FROM are known."""

    recipient: str
    compose: Callable[[Mapping[Stage, Step]], bytes]


class Verdict(StrEnum):
    """What a finished check proves, in strict words: ACCEPTED is not arrived."""

    CONNECTED = "connected"
    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


def _unfollowed(_step: Step) -> None:
    """Nobody follows."""


def _unawaited() -> None:
    """Nobody waits for the end."""


@dataclass
class Check:
    """A check of `endpoint`; with a `message` a test, which hands that message over.

    `sender` is the envelope sender, `seconds` the deadline over everything. One that is to `mend`
    finds out, after a failure, what would work instead with the `fixed` fields as they are. Where
    the endpoint is the operator's, `operators` is the variable that holds it. After `run`, `steps`,
    `verdict`, `diagnosis` and `transcript` hold the result. It raises nothing for whatever the
    network or the server does.
    """

    endpoint: Endpoint
    sender: str = ""
    message: OutgoingMessage | None = None
    seconds: float = SECONDS
    mend: bool = False
    fixed: Collection[str] = ()
    operators: str = ""
    network: Network = field(default_factory=Network)
    steps: dict[Stage, Step] = field(default_factory=dict, init=False)
    verdict: Verdict | None = field(default=None, init=False)
    diagnosis: Diagnosis | None = field(default=None, init=False)
    transcript: str = field(default="", init=False)

    def run(
        self,
        follow: Callable[[Step], None] = _unfollowed,
        finished: Callable[[], None] = _unawaited,
    ) -> None:
        """Walk the conversation to its end.

        `follow` is called with each step when it begins and again when it has ended. `finished` is
        called once the result is known, before the server is taken leave of, which may take a
        moment. What they raise ends the conversation there and then.
        """
        deadline = Deadline(self.seconds)
        ladder = Ladder(self.stages(), self.steps, self.endpoint, follow)
        connection = self._connection(deadline, ladder)
        try:
            if facts := self._failure(connection):
                self._explain(facts, connection, deadline)
            else:
                ladder.skip_to(None)
            self.verdict = self._proof(facts)
            self.transcript = str(connection.transcript)
            finished()
            connection.quit()
        finally:
            connection.close()
            self.transcript = str(connection.transcript)

    def stages(self) -> list[Stage]:
        """The steps to come, in their order."""
        hello = [Stage.BANNER, Stage.EHLO]
        implicit = self.endpoint.security is Security.IMPLICIT
        opening = [Stage.TLS, *hello] if implicit else [*hello, Stage.TLS]
        mail = [Stage.AUTH, Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA]
        return [Stage.DNS, Stage.CONNECT, *opening, *mail]

    def _connection(self, deadline: Deadline, ladder: Ladder) -> Connection:
        """Of the time some is held back for repairs, until the sign-in: then none is needed."""
        if self.mend:
            deadline.hold_back(min(PROBE_SECONDS, self.seconds * PROBE_SHARE))

        def listen(event: Event) -> None:
            if event.stage in SIGNED_IN:
                deadline.hold_back(0)
            ladder.note(event)

        return Connection(self.endpoint, overall(deadline), self.network, listen, pipelining=False)

    def _failure(self, connection: Connection) -> Facts | None:
        """What there is to know of the step that failed; None where none did."""
        message = self.message
        envelope = Envelope(self.sender, (message.recipient,) if message else ())
        try:
            connection.open()
        except Fault as fault:
            return connection.facts(fault, envelope)
        if not self.sender:
            return None
        content = Content(message.compose(self.steps)) if message else None
        return connection.send(envelope, content, connection.transcript).failure

    def _explain(self, facts: Facts, connection: Connection, deadline: Deadline) -> None:
        """Why it failed, and what would work instead, as far as there is time to try."""
        self.diagnosis = diagnose(facts)
        if self.operators:
            self.diagnosis = self.diagnosis.of_operator(self.operators)
        if self.mend:
            deadline.hold_back(0)
            search = Search(connection, self.endpoint, deadline, self.network, self.fixed)
            likeliest = catalogue().likeliest_repair(self.diagnosis.id)
            offer = search.repair(facts, likeliest)
            self.diagnosis = replace(self.diagnosis, offer=offer)

    def _proof(self, facts: Facts | None) -> Verdict:
        if facts:
            return Verdict.UNCERTAIN if facts.may_have_been_sent else Verdict.FAILED
        return Verdict.ACCEPTED if self.message else Verdict.CONNECTED
