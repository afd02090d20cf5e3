"""From what the server did to what becomes of the message: pure (SPEC D3, M4)."""

from __future__ import annotations

import datetime

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.diagnosis.instructions import wait_in
from smtp_panel.outbox import retry
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outcomes import Fate, Outcome
from smtp_panel.outbox.retry import Next, Uncertain
from smtp_panel.smtp.envelope import Receipt
from smtp_panel.smtp.facts import Facts, Stage

STATES = {
    Next.PAUSE: MessageState.WAITING,
    Next.WAIT: MessageState.WAITING,
    Next.GIVE_UP: MessageState.FAILED,
    Next.LEAVE_OPEN: MessageState.UNCERTAIN,
    Next.COUNT_AS_SENT: MessageState.SENT,
}
TOO_MANY_RECIPIENTS = 452  # RFC 5321, section 4.5.3.1.10


def judge(
    claimed: Claimed,
    receipt: Receipt,
    *,
    at: datetime.datetime,
    ms: float,
    chance: float,
    uncertain: Uncertain = Uncertain.ASK,
) -> Outcome:
    """What `receipt` makes of `claimed`, tried at `at` for `ms`; `chance` is from 0 to 1.

    `uncertain` says what to do where the server may have taken it. A failure of the service is
    judged as if it were this message's own: whoever knows how other messages fare decides whether
    it is.
    """
    said = str(receipt.reply or "")
    if len(receipt.accepted) == len(claimed.recipients):
        fates = dict.fromkeys(claimed.recipients, Fate(MessageState.SENT, said))
        return Outcome(
            claimed=claimed, at=at, ms=ms, fates=fates, queue_id=_queue_id(receipt), says=said
        )
    age = at - (claimed.tried_at or at)
    fates, waits, first, stage, of_service = {}, [], None, None, not receipt.accepted
    accepted = frozenset(receipt.accepted)
    known: dict[object, Diagnosis] = {}
    for number, address in claimed.recipients.items():
        facts = receipt.refused.get(address) or receipt.failure
        if facts is None or address in accepted:
            fates[number] = Fate(MessageState.SENT, said)
            continue
        diagnosis = _diagnosed(facts, known)
        follows = retry.after(
            diagnosis.scope,
            retryable=diagnosis.retryable,
            may_have_been_sent=facts.may_have_been_sent,
            age=age,
            uncertain=uncertain,
        )
        first = first or diagnosis
        stage = stage or facts.stage
        of_service &= follows is Next.PAUSE
        fates[number] = Fate(STATES[follows], diagnosis.server_says)
        if fates[number].state is MessageState.WAITING:
            waits.append(_wait(facts, receipt, age, chance))
    return Outcome(
        claimed=claimed,
        at=at,
        ms=ms,
        fates=fates,
        again=at + min(waits) if waits else None,
        diagnosis=first,
        stage=None if receipt.accepted else stage,
        queue_id=_queue_id(receipt),
        says=said or (first.server_says if first else ""),
        of_service=of_service,
    )


def _diagnosed(facts: Facts, known: dict[object, Diagnosis]) -> Diagnosis:
    """The diagnosis of a refusal; thousands of recipients may be refused in the same words."""
    words = facts.stage, facts.kind, facts.code, facts.enhanced, facts.text
    if words not in known:
        known[words] = diagnose(facts)
    return known[words]


def _wait(
    facts: Facts, receipt: Receipt, age: datetime.timedelta, chance: float
) -> datetime.timedelta:
    """How long until the next attempt; none where the rest of many recipients is left to be told.

    A server may take no more than so many at once, and says so of the others.
    """
    many = facts.stage is Stage.RCPT_TO and facts.code == TOO_MANY_RECIPIENTS
    if many and receipt.accepted:
        return datetime.timedelta()
    return retry.wait(age, chance, wait_in(facts.text))


def _queue_id(receipt: Receipt) -> str:
    return (receipt.reply.queue_id or "") if receipt.reply else ""
