"""What to do after a failure: a pure function of whose it is, and of time (SPEC M4, M5)."""

from __future__ import annotations

import datetime
from enum import StrEnum

from smtp_panel.diagnosis.instructions import Wait
from smtp_panel.diagnosis.scope import Scope

TRIED_FOR = datetime.timedelta(days=3)  # since the first attempt
SHORTEST = datetime.timedelta(seconds=60)
LONGEST = datetime.timedelta(hours=1)
JITTER = 0.15  # a wait is up to this part longer
FURTHEST = LONGEST * (1 + JITTER)  # that anything is put off
AFTER_TOLD = datetime.timedelta(seconds=10)  # beyond the time that the server named

PAUSE_FIRST = datetime.timedelta(seconds=15)
QUOTA_PAUSE = datetime.timedelta(hours=1)
QUOTA_LONGEST = datetime.timedelta(days=1)
PAUSE_LONGEST = datetime.timedelta(minutes=15)


class Next(StrEnum):
    """What becomes of a message, or of a recipient, that the server has not said to have taken.

    PAUSE: the service fails, so that every message waits and none has used up an attempt.
    """

    PAUSE = "pause"
    WAIT = "wait"
    GIVE_UP = "give_up"
    LEAVE_OPEN = "leave_open"
    COUNT_AS_SENT = "count_as_sent"


class Uncertain(StrEnum):
    """What to do with a message that the server may have taken (SPEC M3): ask an admin, or not."""

    ASK = "ask"
    RESEND = "resend"
    SENT = "sent"


def after(
    scope: Scope,
    *,
    retryable: bool,
    may_have_been_sent: bool,
    age: datetime.timedelta,
    uncertain: Uncertain = Uncertain.ASK,
    served: bool = False,
) -> Next:
    """What follows a failure of `scope`; `age` is the time since the first attempt.

    The service fails for nobody where it has `served` others by the same message.

    What the server may have taken is neither repeated nor dropped, unless `uncertain` says so; it
    is never said to have failed.
    """
    if may_have_been_sent:
        if uncertain is Uncertain.RESEND and age < TRIED_FOR:
            return Next.WAIT
        return Next.COUNT_AS_SENT if uncertain is Uncertain.SENT else Next.LEAVE_OPEN
    if scope is Scope.SERVICE and not served:
        return Next.PAUSE
    again = retryable or scope is Scope.SERVICE
    return Next.WAIT if again and age < TRIED_FOR else Next.GIVE_UP


def wait(age: datetime.timedelta, chance: float, told: Wait | None = None) -> datetime.timedelta:
    """How long until the next attempt of a message that was tried first `age` ago.

    As long again as it has waited so far, from a minute to an hour, and a little more by `chance`,
    0 to 1, so that what failed together does not come back together. The time that the server
    `told` goes before, up to the hour.
    """
    return _as(told) or min(max(age, SHORTEST), LONGEST) * (1 + JITTER * chance)


def pause_after(
    failures: int,
    chance: float,
    told: Wait | None = None,
    *,
    quota: bool = False,
) -> datetime.timedelta:
    """How long the queue rests after so many failures of the service in a row, at least one.

    Not less than the server, or the token endpoint, has `told`, up to the hour. Whether a `quota`
    is over is tried every hour, else once the time that was told is over, up to a day.
    """
    doubled: datetime.timedelta = PAUSE_FIRST * 2 ** min(failures - 1, 10)
    usual = QUOTA_PAUSE if quota and told is None else min(doubled, PAUSE_LONGEST)
    return max(usual * (1 + JITTER * chance), _as(told, QUOTA_LONGEST if quota else LONGEST))


def _as(told: Wait | None, longest: datetime.timedelta = LONGEST) -> datetime.timedelta:
    """The time that was told, and a little more; none where nothing was."""
    if told is None:
        return datetime.timedelta()
    return min(datetime.timedelta(seconds=told.seconds) + AFTER_TOLD, longest)
