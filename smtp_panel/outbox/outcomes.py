"""What an attempt came to, written down so that it holds whatever happens next (SPEC M3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import pause, tally, volume
from smtp_panel.outbox.claims import Claimed, owned
from smtp_panel.outbox.journal import Mark
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
from smtp_panel.storage.bulk import Bulk, Row

# What a message is called whose recipients fared differently: the first of these that one has.
WORST_FIRST = (
    MessageState.WAITING,
    MessageState.UNCERTAIN,
    MessageState.FAILED,
    MessageState.SENT,
)
MAY_HAVE_IT = frozenset({MessageState.SENT, MessageState.UNCERTAIN})

_ATTEMPTS = Bulk(
    insert(Attempt), "message", "at", "node", "ms", "state", "diagnosis", "stage", "says"
)
_RECIPIENTS = Bulk(
    update(Recipient)
    .where(Recipient.message == bindparam("id"), Recipient.number == bindparam("nth"))
    .values(state=bindparam("fate"), says=bindparam("words"), instead=bindparam("place")),
    "id",
    "nth",
    "fate",
    "words",
    "place",
)
_MESSAGES = Bulk(
    update(Message)
    .where(Message.id == bindparam("message"))
    .values(
        state=bindparam("fate"),
        finished_at=bindparam("end"),
        diagnosis=bindparam("why"),
        queue_id=bindparam("called"),
    ),
    "message",
    "fate",
    "end",
    "why",
    "called",
)
_AGAIN = Bulk(
    update(Queued)
    .where(Queued.id == bindparam("message"))
    .values(
        owner=bindparam("nobody"),
        claims=bindparam("none"),
        due=bindparam("at"),
        tried_at=bindparam("first"),
        recipients=bindparam("left"),
        settled=bindparam("worst"),
    ),
    "message",
    "nobody",
    "none",
    "at",
    "first",
    "left",
    "worst",
)
_OUT_OF_QUEUE = Bulk(delete(Queued).where(Queued.id == bindparam("message")), "message")
_BODIES = Bulk(delete(Body).where(Body.message == bindparam("message")), "message")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message for one recipient, in the server's words.

    `instead` is the address that staging put in the place of theirs.
    """

    state: MessageState
    says: str = ""
    instead: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt at `claimed` ended: the fate of each recipient that waited, by number.

    `again` is when those that still wait are tried next, None where none does; at once where it
    went by the settings of another `generation` than the current one. It took `ms` milliseconds,
    and went by `account`; `diagnosis` is why not everybody has the message, and `stage` where it
    ended that nobody has it. `of_service` says that nobody has it and that, as far as the server's
    words go, every other message would fare the same, and `expired` that its content is of no use
    to anybody any more.
    """

    claimed: Claimed
    at: datetime.datetime
    ms: float
    fates: Mapping[int, Fate]
    account: str = ""
    generation: int | None = None
    again: datetime.datetime | None = None
    diagnosis: Diagnosis | None = None
    stage: Stage | None = None
    queue_id: str = ""
    says: str = ""
    of_service: bool = False
    expired: bool = False

    @cached_property
    def state(self) -> MessageState:
        """Where the message stands now as a whole."""
        met = {self.claimed.settled, *self._states}
        return next(state for state in WORST_FIRST if state in met)

    @property
    def came_to(self) -> MessageState:
        """How this attempt went, whatever became of others before."""
        return next(state for state in WORST_FIRST if state in self._states)

    @property
    def keeps_reason(self) -> bool:
        """Whether not everybody has the message for a reason that an earlier attempt has met."""
        return self.came_to is MessageState.SENT is not self.state

    @property
    def leaves_no_body(self) -> bool:
        """Whether nobody needs its octets any more, once it is finished."""
        expired = self.expired and self.state is MessageState.FAILED
        return expired or self.state is MessageState.SENT

    @property
    def settled(self) -> MessageState | None:
        """The worst that became of those who no longer wait."""
        met = {self.claimed.settled, *self._states}
        return next((state for state in WORST_FIRST[1:] if state in met), None)

    @property
    def mark(self) -> Mark | None:
        """What the journal is to have of it until it is written down; None where that is open."""
        if MessageState.UNCERTAIN in self._states:
            return None
        return Mark.TAKEN if self._states == {MessageState.SENT} else Mark.ANSWERED

    @property
    def taken(self) -> int:
        """How many recipients of the envelope the server took it for, or may have."""
        fates = self.fates.items()
        return len({fate.instead or nth for nth, fate in fates if fate.state in MAY_HAVE_IT})

    @property
    def waiting(self) -> list[tuple[int, str]]:
        """The recipients who still wait, by number."""
        left = self.claimed.recipients.items()
        return [(n, to) for n, to in left if self.fates[n].state is MessageState.WAITING]

    @cached_property
    def _states(self) -> set[MessageState]:
        """Those of the recipients that waited."""
        return {fate.state for fate in self.fates.values()}


def record(connection: Connection, worker: str, node: str, outcomes: Sequence[Outcome]) -> None:
    """Write `outcomes` in the transaction of `connection`.

    The attempt is written down in any case. What `worker` no longer owns is not its to change.
    """
    _ATTEMPTS.execute(connection, [_attempt(each, node) for each in outcomes])
    tokens = {each.claimed.id: each.claimed.token for each in outcomes}
    mine = owned(connection, worker, tokens)
    ours = list(_with_reasons(connection, [o for o in outcomes if o.claimed.id in mine]))
    finished = [each for each in ours if not each.again]
    _MESSAGES.execute(connection, list(map(_message, ours)))
    _RECIPIENTS.execute(connection, [row for each in ours for row in _fates(each)])
    _AGAIN.execute(connection, list(_put_off(connection, ours)))
    _OUT_OF_QUEUE.execute(connection, list(map(_id, finished)))
    _BODIES.execute(connection, [_id(each) for each in finished if each.leaves_no_body])
    tally.count(connection, map(_end, finished))
    volume.count(connection, (_taken(each) for each in outcomes if each.account and each.taken))


def _id(outcome: Outcome) -> Row:
    return (outcome.claimed.id,)


def _attempt(outcome: Outcome, node: str) -> Row:
    return (
        outcome.claimed.id,
        outcome.at,
        node,
        outcome.ms,
        outcome.came_to,
        outcome.diagnosis.to_json() if outcome.diagnosis else None,
        outcome.stage,
        outcome.says[:WORDS],
    )


def _with_reasons(connection: Connection, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """`outcomes`, each with the reason for which not everybody has the message."""
    for each in outcomes:
        if each.keeps_reason:
            reason = select(Message.diagnosis).where(Message.id == each.claimed.id)
            why = connection.execute(reason).scalar_one()
            yield replace(each, diagnosis=Diagnosis.from_json(why)) if why else each
        else:
            yield each


def _end(outcome: Outcome) -> tally.End:
    return outcome.at, outcome.state, outcome.diagnosis.id if outcome.diagnosis else ""


def _taken(outcome: Outcome) -> volume.Taken:
    return volume.Taken(outcome.account, outcome.at, outcome.taken)


def _fates(outcome: Outcome) -> Iterator[Row]:
    """What is not told by the message as a whole, and whatever an earlier attempt has told."""
    for number, fate in outcome.fates.items():
        same = fate.state is outcome.state
        told = outcome.claimed.tried_at or fate.instead
        if told or not same or fate.says != outcome.says:
            state = None if same else fate.state
            yield outcome.claimed.id, number, state, fate.says[:WORDS], fate.instead


def _message(outcome: Outcome) -> Row:
    return (
        outcome.claimed.id,
        outcome.state,
        None if outcome.again else outcome.at,
        outcome.diagnosis.to_json() if outcome.diagnosis else None,
        outcome.queue_id[:WORDS],
    )


def _put_off(connection: Connection, outcomes: Sequence[Outcome]) -> Iterator[Row]:
    """Of those whose recipients still wait; the message has no owner, and no claim without end."""
    waiting = [each for each in outcomes if each.again]
    current = pause.generation(connection) if waiting else None
    for each in waiting:
        due = each.again if each.generation in {current, None} else each.at
        first = each.claimed.tried_at or each.at
        yield each.claimed.id, None, 0, due, first, each.waiting, each.settled
