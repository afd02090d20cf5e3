"""Walks the conversation step by step and tells each step as it happens."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from smtp_panel.check.probe import PROBE_SECONDS, Search
from smtp_panel.check.steps import State, Step
from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.net.certificates import FEW_DAYS
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Detail, Session
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Facts, Handover, Kind, Stage
from smtp_panel.smtp.fault import Fault, faults

SECONDS = 20.0
PROBE_SHARE = 0.25  # of the time of a check, kept for what is tried after a failure
STILL_TALKING = frozenset(
    {Kind.REPLY, Kind.NOT_OFFERED, Kind.TOO_LARGE, Kind.CREDENTIALS_MISSING, Kind.OAUTH}
)

Act = Callable[[], Detail]
Ladder = list[tuple[Stage, Act | None]]
Compose = Callable[[Mapping[Stage, Step]], bytes]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one recipient; `compose` writes it once the steps up to MAIL FROM are known."""

    recipient: str
    compose: Compose


class Verdict(StrEnum):
    """What a finished check proves, in strict words: ACCEPTED is not arrived."""

    CONNECTED = "connected"
    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


@dataclass
class Check:
    """A check of `endpoint`; with a `letter` a test, which hands that message over.

    `sender` is the envelope sender, `seconds` the deadline over everything. One that is to `mend`
    finds out, after a failure, what would work instead with the `fixed` fields as they are. Iterate
    over `run()`; afterwards `verdict`, `diagnosis` and `transcript` hold the result. It raises
    nothing for whatever the network or the server does.
    """

    endpoint: Endpoint
    sender: str = ""
    letter: Letter | None = None
    seconds: float = SECONDS
    mend: bool = False
    fixed: Collection[str] = ()
    network: Network = field(default_factory=Network)
    steps: dict[Stage, Step] = field(default_factory=dict, init=False)
    verdict: Verdict | None = field(default=None, init=False)
    diagnosis: Diagnosis | None = field(default=None, init=False)
    transcript: str = field(default="", init=False)
    _content: bytes = field(default=b"", init=False, repr=False)
    _facts: Facts | None = field(default=None, init=False, repr=False)

    def run(self) -> Generator[Step, None, None]:
        """Yield each step when it begins and again when it has ended.

        Closed before its end, it ends the conversation there and then.
        """
        deadline = Deadline(self.seconds)
        session = Session(self.endpoint, deadline, self.network)
        fault: Fault | None = None
        if self.mend:
            deadline.hold_back(min(PROBE_SECONDS, self.seconds * PROBE_SHARE))
        try:
            for stage, act in self._ladder(session):
                if stage is Stage.AUTH:
                    deadline.hold_back(0)
                yield self._enter(Step(stage, State.RUNNING if act else State.SKIPPED))
                if act:
                    fault = self._take(stage, act, session)
                    yield self.steps[stage]
                if fault:
                    break
            else:
                self.verdict = Verdict.ACCEPTED if self.letter else Verdict.CONNECTED
            if fault and self.mend:
                deadline.hold_back(0)
                self._seek_repair(session, deadline)
            if fault is None or fault.kind in STILL_TALKING:
                session.quit()
        finally:
            session.close()
            self.transcript = str(session.transcript)

    def stages(self) -> list[Stage]:
        """The steps to come, in their order."""
        session = Session(self.endpoint, Deadline(self.seconds), self.network)
        return [stage for stage, _ in self._ladder(session)]

    def finish(self) -> None:
        """Run to the end, for callers who want the result only."""
        for _ in self.run():
            pass

    def _ladder(self, session: Session) -> Ladder:
        letter = self.letter
        security = self.endpoint.security
        hello: Ladder = [(Stage.BANNER, session.greeting), (Stage.EHLO, session.ehlo)]
        tls: Ladder = [(Stage.TLS, session.start_tls if security is not Security.NONE else None)]
        return [
            (Stage.DNS, session.resolve),
            (Stage.CONNECT, session.connect),
            *(tls + hello if security is Security.IMPLICIT else hello + tls),
            (Stage.AUTH, session.authenticate if self.endpoint.signs_in else None),
            (Stage.MAIL_FROM, (lambda: self._mail_from(session)) if self.sender else None),
            (Stage.RCPT_TO, (lambda: session.rcpt_to(letter.recipient)) if letter else None),
            (Stage.DATA, (lambda: session.data(self._content)) if letter else None),
        ]

    def _mail_from(self, session: Session) -> Detail:
        if self.letter:
            self._content = self.letter.compose(self.steps)
        recipient = self.letter.recipient if self.letter else ""
        return session.mail_from(self.sender, recipient, self._content)

    def _enter(self, step: Step) -> Step:
        self.steps[step.step] = step
        return step

    def _take(self, stage: Stage, act: Act, session: Session) -> Fault | None:
        began = time.perf_counter()
        try:
            with faults():
                detail = act()
        except Fault as fault:
            recipient = self.letter.recipient if self.letter else ""
            facts = self._facts = session.facts(stage, fault, self.sender, recipient)
            self.diagnosis = diagnose(facts)
            self.verdict = _failed(facts)
            self._enter(Step(stage, State.FAILED, _ms(began), {**fault.met, "error": facts.error}))
            return fault
        self._enter(Step(stage, self._state(stage, detail), _ms(began), detail))
        if stage is Stage.BANNER and Stage.TLS in self.steps:
            self._tell_certificates(session.certificates)
        return None

    def _seek_repair(self, session: Session, deadline: Deadline) -> None:
        """Find out what would work instead, as long as there is time."""
        facts, diagnosis = self._facts, self.diagnosis
        if facts and diagnosis:
            network = session.within_reach(self.network)
            search = Search(session, self.endpoint, deadline, network, self.fixed)
            self.diagnosis = replace(diagnosis, offer=search.repair(facts, diagnosis.repair))

    def _tell_certificates(self, certificates: Detail) -> None:
        """With implicit TLS they are told once a mail server has greeted (SPEC L3)."""
        step = self.steps[Stage.TLS]
        met = {**step.detail, **certificates}
        self._enter(replace(step, state=self._state(Stage.TLS, met), detail=met))

    def _state(self, stage: Stage, met: Detail) -> State:
        exposed = stage is Stage.AUTH and self.endpoint.security is Security.NONE
        ending = stage is Stage.TLS and 0 <= met.get("days_left", FEW_DAYS) < FEW_DAYS
        warned = ending or (exposed and not _loopback(self.endpoint.server))
        return State.WARNED if warned else State.PASSED


def _failed(facts: Facts) -> Verdict:
    """Silence after the final dot leaves open whether the message was taken (SPEC D4)."""
    unanswered = facts.handover is Handover.FINISHED and facts.kind is not Kind.REPLY
    return Verdict.UNCERTAIN if unanswered else Verdict.FAILED


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _loopback(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server == "localhost"
