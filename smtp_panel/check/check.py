"""Walks a connection for a person and tells each step as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smtp_panel.check.probe import PROBE_SECONDS, RepairSearch
from smtp_panel.check.steps import Ladder, Step
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Facts, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.smtp.trace import Event

DEFAULT_SECONDS = 20.0
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
    """Used where nobody follows the steps."""


def _unawaited() -> None:
    """Used where nobody waits for the result."""


@dataclass
class Check:
    """A check of `endpoint`; with a `message` a test, which hands that message over.

    `sender` is the envelope sender, and `seconds` the deadline over everything, by `clock`. With
    `find_repair`, a failed check also finds out which change of the settings would work, leaving
    the `locked` fields as they are. `operator_variable` is the variable that the operator set the
    endpoint by, or empty. After `run` the result is in `steps`, `verdict`, `diagnosis` and
    `transcript`. It raises nothing for what the network or the server does.
    """

    endpoint: Endpoint
    sender: str = ""
    message: OutgoingMessage | None = None
    seconds: float = DEFAULT_SECONDS
    find_repair: bool = False
    locked: Collection[str] = ()
    operator_variable: str = ""
    network: Network = field(default_factory=Network)
    tokens: Tokens = field(default_factory=Tokens)
    clock: Clock = time.monotonic
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

        `follow` is called with each step when it begins, and again when it has ended. `finished` is
        called once the result is known, before QUIT, whose answer may take a moment. What either
        of them raises ends the conversation at once.
        """
        deadline = Deadline(self.seconds, self.clock)
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

    def steps_json(self) -> list[dict[str, Any]]:
        """The steps so far as JSON data."""
        return [step.to_json() for step in self.steps.values()]

    def outcome(self) -> dict[str, Any]:
        """The result as JSON data; without a verdict it failed."""
        return {
            "verdict": self.verdict or Verdict.FAILED,
            "diagnosis": self.diagnosis.to_json() if self.diagnosis else None,
            "transcript": self.transcript,
        }

    def stages(self) -> list[Stage]:
        """The stages that this check goes through, in their order."""
        hello = [Stage.BANNER, Stage.EHLO]
        implicit = self.endpoint.security is Security.IMPLICIT
        opening = [Stage.TLS, *hello] if implicit else [*hello, Stage.TLS]
        mail = [Stage.AUTH, Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA]
        return [Stage.DNS, Stage.CONNECT, *opening, *mail]

    def _connection(self, deadline: Deadline, ladder: Ladder) -> Connection:
        """The connection; until the sign-in, some of the time is reserved for finding a repair."""
        if self.find_repair:
            deadline.reserve(min(PROBE_SECONDS, self.seconds * PROBE_SHARE))

        def listen(event: Event) -> None:
            if event.stage in SIGNED_IN:
                deadline.reserve(0)
            ladder.note(event)

        return Connection(
            self.endpoint,
            overall(deadline),
            self.network,
            listen,
            pipelining=False,
            tokens=self.tokens,
        )

    def _failure(self, connection: Connection) -> Facts | None:
        """The facts of the step that failed; None where every step passed."""
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
        self.diagnosis = self._told(facts)
        if self.find_repair:
            deadline.reserve(0)
            search = RepairSearch(connection, self.endpoint, deadline, self.network, self.locked)
            likeliest = catalogue().likeliest_repair(self.diagnosis.id)
            offer = search.repair(facts, likeliest)
            if offer:
                port = self.endpoint.port
                answers, opened = offer.answers_at(port), offer.opens_beside(port)
                told = self._told(replace(facts, answers=answers, open_port=opened))
                self.diagnosis = replace(told, offer=offer)

    def _told(self, facts: Facts) -> Diagnosis:
        variable = self.operator_variable
        return diagnose(facts).of_operator(variable) if variable else diagnose(facts)

    def _proof(self, facts: Facts | None) -> Verdict:
        if facts:
            return Verdict.UNCERTAIN if facts.may_have_been_sent else Verdict.FAILED
        return Verdict.ACCEPTED if self.message else Verdict.CONNECTED
