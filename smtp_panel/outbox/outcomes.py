"""What an attempt came to, written down so that it holds whatever happens next (SPEC M3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, insert, update

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import tally
from smtp_panel.outbox.claims import Claimed, owned
from smtp_panel.outbox.model import (
    WORDS,
    Attempt,
    Body,
    Message,
    MessageState,
    Queued,
    Recipient,
)
from smtp_panel.smtp.facts import Stage

# What a message is called whose recipients fared differently: the first of these that one has.
WORST_FIRST = (
    MessageState.WAITING,
    MessageState.UNCERTAIN,
    MessageState.FAILED,
    MessageState.SENT,
)

_ATTEMPTS = insert(Attempt)
_RECIPIENTS = (
    update(Recipient)
    .where(Recipient.message == bindparam("id"), Recipient.number == bindparam("nth"))
    .values(state=bindparam("fate"), says=bindparam("words"), instead=bindparam("place"))
)
_MESSAGES = (
    update(Message)
    .where(Message.id == bindparam("message"))
    .values(
        state=bindparam("fate"),
        finished_at=bindparam("end"),
        diagnosis=bindparam("why"),
        queue_id=bindparam("called"),
    )
)
_AGAIN = (
    update(Queued)
    .where(Queued.id == bindparam("message"))
    .values(
        owner=None,
        claims=0,
        due=bindparam("at"),
        tried_at=bindparam("first"),
        recipients=bindparam("left"),
        settled=bindparam("worst"),
    )
)
_OUT_OF_QUEUE = delete(Queued).where(Queued.id.in_(bindparam("ids", expanding=True)))
_BODIES = delete(Body).where(Body.message.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message for one recipient, in the server's words.

    `instead` is the address that staging put in the place of theirs.
    """

    state: MessageState
    says: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt at `claimed` ended: the fate of each recipient that waited, by number.

    `again` is when those that still wait are tried next, None where none does. It took `ms`
    milliseconds; `diagnosis` is why not everybody has the message, and `stage` where it ended that
    nobody has it. `of_service` says that nobody
    has it and that, as far as the server's words go, every other message would fare the same.
    """

    claimed: Claimed
    at: datetime.datetime
    ms: float
    fates: Mapping[int, Fate]
    again: datetime.datetime | None = None
    diagnosis: Diagnosis | None = None
    stage: Stage | None = None
    queue_id: str = ""
    says: str = ""
    of_service: bool = False

    @property
    def state(self) -> MessageState:
        """Where the message stands now as a whole."""
        met = {self.claimed.settled, *(fate.state for fate in self.fates.values())}
        return next(state for state in WORST_FIRST if state in met)

    @property
    def settled(self) -> MessageState | None:
        """The worst that became of those who no longer wait."""
        met = {self.claimed.settled, *(fate.state for fate in self.fates.values())}
        return next((state for state in WORST_FIRST[1:] if state in met), None)

    @property
    def waiting(self) -> list[tuple[int, str]]:
        """The recipients who still wait, by number."""
        left = self.claimed.recipients.items()
        return [(n, to) for n, to in left if self.fates[n].state is MessageState.WAITING]


def record(connection: Connection, worker: str, node: str, outcomes: Sequence[Outcome]) -> None:
    """Write `outcomes` in the transaction of `connection`.

    The attempt is written down in any case. What `worker` no longer owns is not its to change.
    """
    _execute(connection, _ATTEMPTS, (_attempt(each, node) for each in outcomes))
    tokens = {each.claimed.id: each.claimed.token for each in outcomes}
    mine = owned(connection, worker, tokens)
    ours = [each for each in outcomes if each.claimed.id in mine]
    finished = [each for each in ours if not each.again]
    sent = [each for each in finished if each.state is MessageState.SENT]
    _execute(connection, _MESSAGES, map(_message, ours))
    _execute(connection, _RECIPIENTS, (row for each in ours for row in _fates(each)))
    _execute(connection, _AGAIN, (_queued(each) for each in ours if each.again))
    _of(connection, _OUT_OF_QUEUE, finished)
    _of(connection, _BODIES, sent)
    tally.count(connection, map(_end, finished))


def _execute(connection: Connection, statement: Executable, rows: Iterable[Any]) -> None:
    if listed := list(rows):
        connection.execute(statement, listed)


def _of(connection: Connection, statement: Executable, outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        connection.execute(statement, {"ids": [each.claimed.id for each in outcomes]})


def _attempt(outcome: Outcome, node: str) -> dict[str, Any]:
    return {
        "message": outcome.claimed.id,
        "at": outcome.at,
        "node": node,
        "ms": outcome.ms,
        "state": outcome.state,
        "diagnosis": outcome.diagnosis.to_json() if outcome.diagnosis else None,
        "stage": outcome.stage,
        "says": outcome.says[:WORDS],
    }


def _end(outcome: Outcome) -> tally.End:
    return outcome.at, outcome.state, outcome.diagnosis.id if outcome.diagnosis else ""


def _fates(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """What is not told by the message as a whole, and whatever an earlier attempt has told."""
    for number, fate in outcome.fates.items():
        same = fate.state is outcome.state
        told = outcome.claimed.tried_at or fate.instead
        if told or not same or fate.says != outcome.says:
            yield {
                "id": outcome.claimed.id,
                "nth": number,
                "fate": None if same else fate.state,
                "words": fate.says[:WORDS],
                "place": fate.instead,
            }


def _message(outcome: Outcome) -> dict[str, Any]:
    return {
        "message": outcome.claimed.id,
        "fate": outcome.state,
        "end": None if outcome.again else outcome.at,
        "why": outcome.diagnosis.to_json() if outcome.diagnosis else None,
        "called": outcome.queue_id[:WORDS],
    }


def _queued(outcome: Outcome) -> dict[str, Any]:
    return {
        "message": outcome.claimed.id,
        "at": outcome.again,
        "first": outcome.claimed.tried_at or outcome.at,
        "left": outcome.waiting,
        "worst": outcome.settled,
    }
