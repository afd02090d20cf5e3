"""Asks a mail server which sender addresses it takes, without sending anything."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.newer import known
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Facts, FaultKind, Stage
from smtp_panel.smtp.fault import Fault

CONNECTIONS = 4
OF_THE_SENDER = frozenset({Stage.MAIL_FROM, Stage.RCPT_TO})
# What a server is diagnosed with that takes only so many messages, or recipients, on a connection.
PER_CONNECTION = frozenset({"policy-connection-used-up", "rcpt-too-many-recipients"})


class SenderState(StrEnum):
    """What the server says to a sender.

    UNKNOWN: it could not be asked, or what it refuses is for now only, or for the recipient.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SenderAnswer:
    """What became of asking for `address`, and why where it was not taken."""

    address: str
    state: SenderState
    diagnosis: Diagnosis | None = None

    @property
    def is_of_the_connection(self) -> bool:
        """Whether it says that the server takes no more on this connection."""
        return self.diagnosis is not None and self.diagnosis.id in PER_CONNECTION

    def of_operator(self, variable: str) -> SenderAnswer:
        """The same where the operator's `variable` decides by which service mail leaves."""
        why = self.diagnosis
        return replace(self, diagnosis=why.of_operator(variable)) if why else self

    def to_json(self) -> dict[str, Any]:
        """The answer as what JSON can hold; `from_json` makes it again."""
        told = self.diagnosis.to_json() if self.diagnosis else None
        return {"address": self.address, "state": self.state.value, "diagnosis": told}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The answer that `to_json` gave, in this version or another."""
        state = known(SenderState, stored["state"], SenderState.UNKNOWN)
        return cls(stored["address"], state, Diagnosis.stored(stored["diagnosis"]))


def ask_senders(
    connect: Callable[[], Connection], senders: Iterable[str], recipient: str
) -> Iterator[SenderAnswer]:
    """What the server says to each of `senders`, in one conversation where it lets us.

    A new connection is opened, asked by MAIL FROM and RCPT TO for the `recipient`, and left; no
    message is begun. Where the server ends it, or takes no more on one connection, the rest is
    asked on another, of which there are CONNECTIONS at most; what can't be asked is unknown, for
    the reason why not. Raises nothing for what the server or the network does.
    """
    left, why = deque(senders), None
    for _ in range(CONNECTIONS):
        with closing(connect()) as connection:
            if why := _open(connection, recipient):
                break
            ended_by = yield from _converse(connection, left, recipient)
            connection.quit()
        if ended_by is None or not left:
            return
        why = diagnose(ended_by)
        if ended_by.kind is FaultKind.TIMEOUT:
            break
    yield from (SenderAnswer(sender, SenderState.UNKNOWN, why) for sender in left)


def _converse(
    connection: Connection, left: deque[str], recipient: str
) -> Generator[SenderAnswer, None, Facts | None]:
    """Ask for those who are `left`; returns the failure after which it can't be asked any more.

    It is the answer to the first question alone: whoever is asked for later stays among the `left`.
    """
    first = True
    while left:
        failure = connection.send(Envelope(left[0], (recipient,)), None).failure
        answer = _answer(left[0], failure, answers=connection.usable)
        ended = not connection.usable or answer.is_of_the_connection
        if first or not ended:
            left.popleft()
            yield answer
        if ended:
            return failure
        first = False
    return None


def _open(connection: Connection, recipient: str) -> Diagnosis | None:
    """Open it; why that failed."""
    try:
        connection.open()
    except Fault as fault:
        return diagnose(connection.facts(fault, Envelope("", (recipient,))))
    return None


def _answer(sender: str, failure: Facts | None, *, answers: bool) -> SenderAnswer:
    """What a `failure`, or none, says of `sender`; whether the server still `answers`."""
    if failure is None:
        return SenderAnswer(sender, SenderState.TAKEN)
    why = diagnose(failure)
    asked = answers and failure.kind is FaultKind.REPLY and failure.stage in OF_THE_SENDER
    refused = asked and not why.retryable and why.scope is not Scope.RECIPIENT
    return SenderAnswer(sender, SenderState.REFUSED if refused else SenderState.UNKNOWN, why)
