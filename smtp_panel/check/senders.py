"""Asks a mail server which sender addresses it takes, without sending anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import FaultKind, Stage
from smtp_panel.smtp.fault import Fault

OF_THE_SENDER = frozenset({Stage.MAIL_FROM, Stage.RCPT_TO})


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
        """The answer that `to_json` gave."""
        told = stored["diagnosis"]
        diagnosis = Diagnosis.from_json(told) if told else None
        return cls(stored["address"], SenderState(stored["state"]), diagnosis)


def ask_senders(
    connection: Connection, senders: Iterable[str], recipient: str
) -> Iterator[SenderAnswer]:
    """What the server says to each of `senders`, in one conversation on `connection`.

    It is opened, asked by MAIL FROM and RCPT TO for the `recipient`, and left; no message is begun.
    Once it can't be asked any more the rest is unknown, for the same reason. Raises nothing for
    what the server or the network does.
    """
    try:
        why = _open(connection, recipient)
        for sender in senders:
            if why:
                yield SenderAnswer(sender, SenderState.UNKNOWN, why)
                continue
            yield (answer := _ask(connection, Envelope(sender, (recipient,))))
            why = None if connection.usable else answer.diagnosis
        connection.quit()
    finally:
        connection.close()


def _open(connection: Connection, recipient: str) -> Diagnosis | None:
    """Open it; why that failed."""
    try:
        connection.open()
    except Fault as fault:
        return diagnose(connection.facts(fault, Envelope("", (recipient,))))
    return None


def _ask(connection: Connection, envelope: Envelope) -> SenderAnswer:
    failure = connection.send(envelope, None).failure
    if failure is None:
        return SenderAnswer(envelope.sender, SenderState.TAKEN)
    why = diagnose(failure)
    asked = failure.kind is FaultKind.REPLY and failure.stage in OF_THE_SENDER and connection.usable
    refused = asked and not why.retryable and why.scope is not Scope.RECIPIENT
    state = SenderState.REFUSED if refused else SenderState.UNKNOWN
    return SenderAnswer(envelope.sender, state, why)
