"""What writes down what attempts came to, so that it holds whatever happens next (SPEC M3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import (
    Connection,
    Dialect,
    Integer,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import tally, volume
from smtp_panel.outbox.journal import Claim
from smtp_panel.outbox.model import (
    WORDS,
    Attempt,
    Body,
    Lane,
    Message,
    MessageState,
    Pause,
    Queued,
    Recipient,
)
from smtp_panel.outbox.outcomes import Outcome
from smtp_panel.storage.bulk import Bulk, Ready, Row

PART = 1000  # recipients of a message that the queue has at once, where more are left to be tried

_ATTEMPTS = Bulk(insert(Attempt))
_RECIPIENTS = Bulk(
    update(Recipient).where(
        Recipient.message == bindparam("of"), Recipient.number == bindparam("nth")
    )
)
_MESSAGES = Bulk(update(Message).where(Message.id == bindparam("message")))
_CURRENT = select(Pause.generation).scalar_subquery()
_AGAIN = Bulk(
    update(Queued)
    .where(Queued.id == bindparam("message"))
    .values(
        due=case(
            (
                func.coalesce(bindparam("generation", type_=Integer), _CURRENT) == _CURRENT,
                bindparam("again", type_=Queued.due.type),
            ),
            else_=bindparam("at", type_=Queued.due.type),
        )
    )
)
_WAITING = (  # who wait have the state of the message, and no other
    select(Recipient.number, Recipient.address)
    .where(Recipient.message == bindparam("of"), Recipient.state.is_(None))
    .order_by(Recipient.number)
    .limit(bindparam("most", type_=Integer))
)
_BEHIND = _WAITING.where(Recipient.number > bindparam("last"))
_BEFORE = _WAITING.where(Recipient.number <= bindparam("last"))
_OUT_OF_QUEUE = Bulk(delete(Queued).where(Queued.id == bindparam("message")))
_BODIES = Bulk(delete(Body).where(Body.message == bindparam("message")))


class Recording:
    """What writes `outcomes` of a worker of `node` down, made ready before the transaction."""

    def __init__(self, dialect: Dialect, node: str, outcomes: Sequence[Outcome]) -> None:
        self._node = node
        self._outcomes = outcomes
        self._attempts = _attempts(dialect, outcomes, node)
        self._changes = _changes(dialect, outcomes)
        self._volume = _volume(dialect, outcomes)

    def execute(self, connection: Connection, mine: Collection[Claim]) -> None:
        """Write it in the transaction of `connection`, by the claims that are still `mine`.

        What the worker no longer owns is not its to change: of that the attempt alone is written
        down, unless the message has been pruned, or all was written before and the answer lost.
        """
        dialect, outcomes = connection.dialect, self._outcomes
        ours = [each for each in outcomes if each.claimed.claim in mine]
        attempts, taken = self._attempts, self._volume
        if ours != outcomes:
            new = _not_written(connection, outcomes, self._node)
            attempts = _attempts(dialect, _of_messages_there(connection, new), self._node)
            taken = _volume(dialect, new)
        attempts.execute(connection)
        ours = _with_reasons(connection, ours)
        for each in self._changes if ours == outcomes else _changes(dialect, ours):
            each.execute(connection)
        for outcome in ours:
            if outcome.again and (outcome.claimed.in_parts or len(outcome.waiting) > PART):
                _have_next(connection, outcome)
        taken.execute(connection)


def _not_written(connection: Connection, outcomes: Sequence[Outcome], node: str) -> list[Outcome]:
    """Those of `outcomes` of which the attempt, made on `node`, is not written down yet."""
    of_these = Attempt.message.in_([each.claimed.id for each in outcomes]), Attempt.node == node
    rows = connection.execute(select(Attempt.message, Attempt.at).where(*of_these))
    written = {(message, at) for message, at in rows}
    return [each for each in outcomes if (each.claimed.id, each.at) not in written]


def _of_messages_there(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those of `outcomes` whose message is there, and is until the end of the transaction."""
    there = select(Message.id).where(Message.id.in_([each.claimed.id for each in outcomes]))
    found = set(connection.scalars(there.with_for_update(read=True, key_share=True)))
    return [each for each in outcomes if each.claimed.id in found]


def _attempts(dialect: Dialect, outcomes: Sequence[Outcome], node: str) -> Ready:
    return _ATTEMPTS.ready(dialect, [_attempt(each, node) for each in outcomes])


def _changes(dialect: Dialect, outcomes: Sequence[Outcome]) -> list[Ready]:
    """What makes messages that are still the worker's what they are by `outcomes`."""
    waiting = [each for each in outcomes if each.again]
    finished = [each for each in outcomes if not each.again]
    bodies = [_id(each) for each in finished if each.leaves_no_body]
    return [
        _MESSAGES.ready(dialect, list(map(_message, outcomes))),
        _RECIPIENTS.ready(dialect, [row for each in outcomes for row in _fates(each)]),
        _AGAIN.ready(dialect, list(map(_put_off, waiting))),
        _OUT_OF_QUEUE.ready(dialect, list(map(_id, finished))),
        _BODIES.ready(dialect, bodies),
        tally.ready(dialect, map(_end, finished)),
    ]


def _have_next(connection: Connection, outcome: Outcome) -> None:
    """Have those in the queue who are next: not all, who would be written down again each time.

    They are those who wait behind the last that was named, and those before that once all were; not
    more of them than PART, or than the server has just dealt with. Where it goes on, those behind
    are due at once, as if they had been named with the others.
    """
    fates = outcome.fates
    last = [number for number in outcome.claimed.recipients if number in fates][-1]
    ended = sum(fate.state is not MessageState.WAITING for fate in fates.values())
    most = max(PART, ended)
    asked = {"of": outcome.claimed.id, "last": last, "most": most + 1}
    behind = connection.execute(_BEHIND, asked).all()
    before = connection.execute(_BEFORE, {**asked, "most": most + 1 - len(behind)}).all()
    waiting = [(number, address) for number, address in (*behind, *before)]
    goes_on = behind and outcome.goes_on
    named = waiting[: min(most, len(behind))] if goes_on else waiting[:most]
    lane = Lane.PARTS if len(waiting) > len(named) else Lane.BULK
    due = {"due": outcome.at} if goes_on else {}
    of_it = update(Queued).where(Queued.id == outcome.claimed.id)
    connection.execute(of_it.values(lane=lane.value, recipients=named, **due))


def _id(outcome: Outcome) -> Row:
    return {"message": outcome.claimed.id}


def _attempt(outcome: Outcome, node: str) -> Row:
    return {
        "message": outcome.claimed.id,
        "at": outcome.at,
        "node": node,
        "ms": outcome.ms,
        "state": outcome.came_to,
        "diagnosis": outcome.diagnosis.to_json() if outcome.diagnosis else None,
        "stage": outcome.stage,
        "says": outcome.says,
    }


def _with_reasons(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """`outcomes`, each with the reason for which not everybody has the message."""
    return [_with_reason(connection, each) if each.keeps_reason else each for each in outcomes]


def _with_reason(connection: Connection, outcome: Outcome) -> Outcome:
    reason = select(Message.diagnosis).where(Message.id == outcome.claimed.id)
    why = connection.execute(reason).scalar_one()
    return replace(outcome, diagnosis=Diagnosis.from_json(why)) if why else outcome


def _end(outcome: Outcome) -> tally.MessageEnd:
    return outcome.at, outcome.state, outcome.diagnosis.id if outcome.diagnosis else ""


def _volume(dialect: Dialect, outcomes: Sequence[Outcome]) -> Ready:
    """What counts what the server took by `outcomes`."""
    taken = (_taken(each) for each in outcomes if each.account)
    return volume.ready(dialect, (each for each in taken if each.recipients))


def _taken(outcome: Outcome) -> volume.SentMail:
    return volume.SentMail(outcome.account, outcome.at, outcome.taken)


def _fates(outcome: Outcome) -> Iterator[Row]:
    """What is not told by the message as a whole, and whatever an earlier attempt has told."""
    for number, fate in outcome.fates.items():
        same = fate.state is outcome.state
        told = outcome.claimed.tried_at or fate.instead
        if told or not same or fate.says != outcome.says:
            yield {
                "of": outcome.claimed.id,
                "nth": number,
                "state": None if same else fate.state,
                "says": fate.says,
                "instead": fate.instead,
            }


def _message(outcome: Outcome) -> Row:
    return {
        "message": outcome.claimed.id,
        "state": outcome.state,
        "finished_at": None if outcome.again else outcome.at,
        "diagnosis": outcome.diagnosis.to_json() if outcome.diagnosis else None,
        "queue_id": outcome.queue_id[:WORDS],
    }


def _put_off(outcome: Outcome) -> Row:
    """One whose recipients still wait; the message has no owner, and no claim without end."""
    return {
        "message": outcome.claimed.id,
        "owner": None,
        "claims": 0,
        "generation": outcome.generation,
        "again": outcome.again,
        "at": outcome.at,
        "tried_at": outcome.claimed.tried_at or outcome.at,
        "recipients": outcome.waiting,
        "settled": outcome.settled,
    }
