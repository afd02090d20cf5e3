"""Rescues what a dead worker had in hand, by the marks that it left (SPEC M3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from smtp_panel.diagnosis.scope import Scope
from smtp_panel.outbox import retry, workers
from smtp_panel.outbox.claims import Claimed, give_back, held
from smtp_panel.outbox.journal import Claim, Mark
from smtp_panel.outbox.judgement import STATES
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outcomes import Fate, Outcome
from smtp_panel.outbox.recording import Recording
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.words import N_, Sentence

UNHEARD = N_(
    "The process that sent this message ended, or failed, before it noted the server's answer."
)


@dataclass(frozen=True, slots=True)
class Rescuer:
    """Who does it, at the time `at` and on `node`.

    `uncertain` says what to do with what the server may have taken; `chance` is from 0 to 1.
    """

    node: str
    at: datetime.datetime
    chance: float
    uncertain: Uncertain


def rescue(
    connection: Connection, worker: str, marks: Mapping[Claim, Mark] | None, by: Rescuer
) -> None:
    """Leave to others what `worker` had in hand, which is forgotten.

    Not what the server has taken, by `marks`, or may have taken. What was begun may be what it died
    of: that claim counts. Without marks, of a worker of another machine, that may be any of it.
    """
    marked = [
        (each, Mark.BEGUN if marks is None else marks.get(each.claim))
        for each in held(connection, worker)
    ]
    outcomes = [
        _outcome(claimed, mark, by) for claimed, mark in marked if mark in {Mark.ENDING, Mark.TAKEN}
    ]
    if outcomes:
        record = Recording(connection.dialect, by.node, outcomes)
        record.execute(connection, {each.claim for each, _ in marked})
    begun = [claimed for claimed, mark in marked if mark is Mark.BEGUN]
    for later, each in one_by_one(begun, by.at):
        give_back(connection, worker, [each], later, counts=True)
    workers.free(connection, worker)


def one_by_one(
    begun: Iterable[Claimed], at: datetime.datetime
) -> Iterator[tuple[datetime.datetime | None, Claimed]]:
    """When each of those is tried again at which a worker died, or failed by a mistake of ours.

    At once after the first time, whatever it was. After another one they go a minute apart, behind
    whatever else is due: one of them is to blame, and the others come to an end by themselves.
    """
    later = at
    for each in begun:
        if each.claims > 1:
            later += retry.SHORTEST
        yield (later if each.claims > 1 else None), each


def _outcome(claimed: Claimed, mark: Mark | None, by: Rescuer) -> Outcome:
    if mark is Mark.TAKEN:
        return _alike(claimed, by, Fate(MessageState.SENT))
    return unheard(claimed, by)


def unheard(claimed: Claimed, by: Rescuer) -> Outcome:
    """What becomes of a message that the server may have taken, and whose answer nobody heard."""
    age = by.at - (claimed.tried_at or by.at)
    follows = retry.after(
        Scope.MESSAGE,
        retryable=True,
        may_have_been_sent=True,
        age=age,
        uncertain=by.uncertain,
    )
    outcome = _alike(claimed, by, Fate(STATES[follows]))
    waits = outcome.came_to is MessageState.WAITING
    again = by.at + retry.wait(age, by.chance) if waits else outcome.again
    return replace(outcome, again=again, says=Sentence(UNHEARD))


def _alike(claimed: Claimed, by: Rescuer, fate: Fate) -> Outcome:
    """That all recipients of an attempt had this `fate`; others may follow at once."""
    return Outcome(
        claimed=claimed,
        at=by.at,
        ms=0.0,
        fates=dict.fromkeys(claimed.recipients, fate),
        rest=claimed.in_parts,
        again=by.at if claimed.in_parts else None,
    )
