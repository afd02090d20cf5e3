"""What a server takes, learnt from what it refused, and shared by all workers (SPEC M5, M7)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select

from smtp_panel.outbox import told, workers
from smtp_panel.outbox.limit_model import OFFERED, QUOTAS, LearntLimit, LimitKind
from smtp_panel.outbox.model import WORDS
from smtp_panel.storage.upsert import Upsert

SLOWER = 0.7  # of the rate at which the server found that it was too much
FASTER = 1.05  # of a rate, with each minute in which the server found it not too much
MINUTE = datetime.timedelta(minutes=1)
FEWEST = 10  # that were sent until a limit was met; of fewer there is none
AT_MOST = datetime.timedelta(hours=2)
LASTS = {
    LimitKind.CONNECTIONS: datetime.timedelta(minutes=10),  # as long again where it is met again
    LimitKind.PER_MINUTE: AT_MOST,
    **dict.fromkeys(OFFERED, datetime.timedelta(days=1)),
    LimitKind.PER_HOUR: datetime.timedelta(days=1),
    LimitKind.PER_DAY: datetime.timedelta(days=7),
}
LIFTED_FOR = datetime.timedelta(days=365)
SHARED = frozenset({LimitKind.CONNECTIONS, LimitKind.PER_MINUTE})  # each worker has its part
_PUT = Upsert(
    LearntLimit,
    lambda new: {name: new[name] for name in ("value", "learnt_at", "until", "says", "lifted_by")},
)
_LEARNT = select(
    LearntLimit.kind,
    LearntLimit.value,
    LearntLimit.learnt_at,
    LearntLimit.until,
    LearntLimit.says,
    LearntLimit.lifted_by,
).where(LearntLimit.account == bindparam("account"), LearntLimit.until > bindparam("now"))


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the server's, believed up to `until`; `says` is what it was learnt from.

    One that was not learnt, and has no end, is `documented_by` a provider, at `source`; it `varies`
    where other accounts may send more. It is not kept to then, nor where an admin, `lifted_by`,
    said so. A quota is one of recipients, unless it is `of_messages`. `met` is what a rate was when
    it was met last, before it grew to `value`; 0 of another one.
    """

    value: int
    until: datetime.datetime | None = None
    says: str = ""
    lifted_by: str | None = None
    documented_by: str = ""
    source: str = ""
    varies: bool = False
    of_messages: bool = False
    met: int = 0

    @property
    def is_kept(self) -> bool:
        """Whether it is kept to."""
        return self.lifted_by is None and not self.varies

    def counts(self, *, messages: int, recipients: int) -> int:
        """How much of a quota so many messages, to so many together, use up."""
        return messages if self.of_messages else recipients


AccountLimits = Mapping[LimitKind, Limit]


def limits(connection: Connection, account: str, now: datetime.datetime) -> AccountLimits:
    """What the server is known to limit `account` to, for all workers together."""
    rows = connection.execute(_LEARNT, {"account": account, "now": now})
    return {
        row.kind: Limit(
            row.value
            if row.lifted_by
            else _by_now(row.kind, row.value, row.says, now - row.learnt_at),
            row.until,
            row.says,
            row.lifted_by,
            met=row.value if row.kind is LimitKind.PER_MINUTE else 0,
        )
        for row in rows
        if row.kind
    }


def _by_now(kind: LimitKind, value: int, says: str, quiet: datetime.timedelta) -> int:
    """What a limit may be after the time `quiet`: a rate grows, unless the server has named it."""
    grows = kind is LimitKind.PER_MINUTE and not _is_named(kind, says)
    return grown(value, quiet) if grows else value


def _is_named(kind: LimitKind, says: str) -> bool:
    """Whether the server says itself how fast is not too fast."""
    rate = told.counted(says)
    return rate is not None and rate.kind is kind is LimitKind.PER_MINUTE


def grown(rate: int, quiet: datetime.timedelta) -> int:
    """A rate that was not met again for the time `quiet`: it may have been a bad hour's."""
    return int(rate * FASTER ** max(0, quiet // MINUTE))


def learn(
    connection: Connection,
    kind: LimitKind,
    value: int,
    *,
    account: str,
    now: datetime.datetime,
    says: str,
    over_in: datetime.timedelta | None = None,
) -> None:
    """Keep to a limit from `now` on, that one worker has met by itself.

    It is believed until it is `over_in` so long, where the server says so; a number of connections
    for longer each time that it is met again soon.
    """
    if kind in SHARED and not _is_named(kind, says):
        value *= workers.count(connection)
    row = {
        "kind": kind,
        "value": max(1, value),
        "account": account,
        "learnt_at": now,
        "until": now + (over_in or _lasts(connection, kind, account, now, says)),
        "says": says[:WORDS],
        "lifted_by": None,
    }
    _PUT.execute(connection, [row])


def learn_offered(
    connection: Connection,
    account: str,
    offered: Mapping[LimitKind, int | None],
    *,
    now: datetime.datetime,
) -> None:
    """Keep to the limits that the server itself tells of; None where it does not.

    What it told of before counts no more.
    """
    for kind, value in offered.items():
        if value:
            learn(connection, kind, value, account=account, now=now, says="")
        else:
            of_it = LearntLimit.kind == kind, LearntLimit.account == account
            connection.execute(delete(LearntLimit).where(*of_it))


def _lasts(
    connection: Connection, kind: LimitKind, account: str, now: datetime.datetime, says: str
) -> datetime.timedelta:
    """How long a limit is believed that was met `now`."""
    lasts = LASTS[LimitKind.PER_HOUR if _is_named(kind, says) else kind]
    if kind is not LimitKind.CONNECTIONS:
        return lasts
    of_it = LearntLimit.kind == kind, LearntLimit.account == account
    times = select(LearntLimit.learnt_at, LearntLimit.until).where(*of_it)
    before = connection.execute(times).first()
    if before is None:
        return lasts
    learnt_at, until = before
    return lasts if now >= until + lasts else min(2 * (until - learnt_at), AT_MOST)


def lift(
    connection: Connection,
    account: str,
    kind: LimitKind,
    limit: Limit,
    *,
    by: str,
    now: datetime.datetime,
) -> None:
    """Keep to a limit no more, by the word of `by`, until the server itself names one again."""
    row = {
        "account": account,
        "kind": kind,
        "value": limit.value,
        "learnt_at": now,
        "until": now + LIFTED_FOR,
        "says": limit.says,
        "lifted_by": by,
    }
    _PUT.execute(connection, [row])


def keep_again(connection: Connection, account: str, kind: LimitKind) -> None:
    """Keep to what is documented again, after `lift`; what was learnt is learnt anew."""
    lifted = delete(LearntLimit).where(LearntLimit.account == account, LearntLimit.kind == kind)
    connection.execute(lifted.where(LearntLimit.lifted_by.is_not(None)))


def forget(connection: Connection, account: str) -> None:
    """Forget what the server was learnt to limit `account` to."""
    connection.execute(delete(LearntLimit).where(LearntLimit.account == account))


def draw_near(connection: Connection, now: datetime.datetime) -> None:
    """Forget what was learnt by a clock that was ahead: nobody knows how long it is to be believed.

    What an admin said of a limit is kept.
    """
    learnt = delete(LearntLimit).where(LearntLimit.learnt_at > now + MINUTE)
    connection.execute(learnt.where(LearntLimit.lifted_by.is_(None)))


def forget_quotas(connection: Connection, account: str) -> None:
    """Forget the quotas that `account` was learnt to have, but for what an admin said of them."""
    learnt = delete(LearntLimit).where(LearntLimit.account == account)
    quotas = learnt.where(LearntLimit.kind.in_(QUOTAS), LearntLimit.lifted_by.is_(None))
    connection.execute(quotas)
