"""From what the server did to what becomes of the message: pure (SPEC D3, M4)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.diagnosis.instructions import wait_in
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.outbox import retry
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outcomes import Fate, Outcome
from smtp_panel.outbox.retry import Next, Uncertain
from smtp_panel.outbox.route import Route
from smtp_panel.smtp.envelope import Receipt
from smtp_panel.smtp.facts import Facts, Stage
from smtp_panel.words import N_, Sentence

STATES = {
    Next.PAUSE: MessageState.WAITING,
    Next.WAIT: MessageState.WAITING,
    Next.GIVE_UP: MessageState.FAILED,
    Next.LEAVE_OPEN: MessageState.UNCERTAIN,
    Next.COUNT_AS_SENT: MessageState.SENT,
}
MOST_CLAIMS = 3  # of a message, in a row, that came to no end
NO_END = N_(
    "Three workers in a row came to no end with this message, so it was set aside and is not tried"
    " again by itself. Their logs say why: it need not be the message, but may be a lack of memory."
    " What it says is kept, so that you can send it again."
)
EXPIRED = N_(
    "The link in this message expired before it could be sent, so it was not. Send the person a new"
    " one from Users, or have them ask for it by Forgot your password?"
)
# Where recipients fared differently, the reason that is told is of the first of these.
TOLD_FIRST = (Next.LEAVE_OPEN, Next.GIVE_UP)
# RFC 5321, section 4.5.3.1.10, has 452 for it; others, 552 among them, are known by their words.
TOO_MANY_CODE, TOO_MANY = 452, "rcpt-too-many-recipients"


class Refusal(NamedTuple):
    """Why one recipient does not have a message, and what is done about it."""

    facts: Facts
    diagnosis: Diagnosis
    follows: Next

    @property
    def is_of_recipient(self) -> bool:
        """Whether it is this recipient whom the server refused, and not the message."""
        return self.facts.stage is Stage.RCPT_TO and self.diagnosis.scope is Scope.RECIPIENT

    @property
    def fate(self) -> Fate:
        """What it makes of the recipient."""
        return Fate(STATES[self.follows], self.diagnosis.says)


def judge(
    claimed: Claimed,
    receipt: Receipt,
    route: Route,
    *,
    at: datetime.datetime,
    ms: float,
    chance: float,
    uncertain: Uncertain,
) -> Outcome:
    """What `receipt` makes of `claimed`, tried by `route` at `at` for `ms`.

    `chance` is from 0 to 1, and `uncertain` says what to do where the server may have taken it. A
    failure of the service is judged as if it were this message's own: whoever knows how other
    messages fare decides whether it is.
    """
    said, age = str(receipt.reply or ""), at - (claimed.tried_at or at)
    refusals = _refusals(claimed, receipt, route.explain, age, uncertain)
    left, taken = frozenset(receipt.left), Fate(MessageState.SENT, said)
    fates = {nth: taken for nth, address in claimed.recipients.items() if address not in left}
    fates |= {number: each.fate for number, each in refusals.items()}
    rest = bool(left) or claimed.in_parts
    some_ended = any(fate.state is not MessageState.WAITING for fate in fates.values())
    waiting = [each for each in refusals.values() if each.fate.state is MessageState.WAITING]
    waits = [_wait(each, age, chance, some_ended=some_ended) for each in waiting]
    waits += [datetime.timedelta() if some_ended else retry.wait(age, chance)] if rest else []
    first = min(refusals.values(), key=_place, default=None)
    paused = all(each.follows is Next.PAUSE for each in refusals.values())
    return Outcome(
        claimed=claimed,
        at=at,
        ms=ms,
        fates=fates,
        rest=rest,
        goes_on=some_ended or any(each.is_of_recipient for each in waiting),
        account=route.account.key,
        generation=route.generation,
        again=at + min(waits) if waits else None,
        diagnosis=first.diagnosis if first else None,
        stage=first.facts.stage if first and not receipt.accepted else None,
        queue_id=(receipt.reply.queue_id or "") if receipt.reply else "",
        says=said or (first.diagnosis.says if first else ""),
        of_service=paused and not receipt.accepted,
    )


def untried(claimed: Claimed, at: datetime.datetime) -> Outcome | None:
    """What a message comes to that is not to be tried (again) at this moment, if it is one.

    Nobody could come to an end with it, and it would stop all others; or it is of no use now.
    """
    expired = claimed.expires_at is not None and claimed.expires_at <= at
    if not expired and claimed.claims <= MOST_CLAIMS:
        return None
    why = Sentence(EXPIRED if expired else NO_END)
    fates = dict.fromkeys(claimed.recipients, Fate(MessageState.FAILED, why))
    return Outcome(claimed=claimed, at=at, ms=0.0, fates=fates, says=why, expired=expired)


def its_own(failed: Outcome) -> Outcome:
    """What a failure of the service comes to that is the message's own: others fare well.

    It is given up when any other would be.
    """
    age = failed.at - (failed.claimed.tried_at or failed.at)
    if age < retry.TRIED_FOR:
        return failed
    fates = {
        number: replace(fate, state=MessageState.FAILED) for number, fate in failed.fates.items()
    }
    return replace(failed, fates=fates, again=failed.at if failed.rest else None)


def _place(refusal: Refusal) -> int:
    """The least of it is told."""
    told = refusal.follows in TOLD_FIRST
    return TOLD_FIRST.index(refusal.follows) if told else len(TOLD_FIRST)


def _refusals(
    claimed: Claimed,
    receipt: Receipt,
    explain: Callable[[Facts], Diagnosis],
    age: datetime.timedelta,
    uncertain: Uncertain,
) -> dict[int, Refusal]:
    """Those whom the server did not take the message for, by number.

    Thousands of them may be refused in the same words, which are looked up once.
    """
    if len(receipt.accepted) == len(claimed.recipients):
        return {}
    accepted, known, found = frozenset((*receipt.accepted, *receipt.left)), {}, {}
    for number, address in claimed.recipients.items():
        facts = receipt.refused.get(address) or receipt.failure
        if facts is None or address in accepted:
            continue
        words = facts.stage, facts.kind, facts.code, facts.enhanced, facts.text
        if words not in known:
            served = bool(receipt.accepted)
            known[words] = _refusal(facts, explain(facts), age, uncertain, served=served)
        found[number] = known[words]
    return found


def _refusal(
    facts: Facts,
    diagnosis: Diagnosis,
    age: datetime.timedelta,
    uncertain: Uncertain,
    *,
    served: bool,
) -> Refusal:
    follows = retry.after(
        diagnosis.scope,
        retryable=diagnosis.retryable,
        may_have_been_sent=facts.may_have_been_sent,
        age=age,
        uncertain=uncertain,
        served=served,
    )
    return Refusal(facts, diagnosis, follows)


def _wait(
    refusal: Refusal, age: datetime.timedelta, chance: float, *, some_ended: bool
) -> datetime.timedelta:
    """How long until the next attempt; none where the rest of many recipients is left to be told.

    A server may take no more than so many at once, and says so of the others.
    """
    facts = refusal.facts
    many = facts.code == TOO_MANY_CODE or refusal.diagnosis.id == TOO_MANY
    if many and facts.stage is Stage.RCPT_TO and some_ended:
        return datetime.timedelta()
    return retry.wait(age, chance, wait_in(facts.text))
