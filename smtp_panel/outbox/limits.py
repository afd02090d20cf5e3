"""What a server takes, learnt from what it refused, and shared by all workers (SPEC M5, M7)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.model import WORDS, LearntLimit, LimitKind, WorkerHeartbeat

SLOWER = 0.7  # of the rate at which the server found that it was too much
FASTER = 1.05  # of a rate, with each minute in which the server found it not too much
MINUTE = datetime.timedelta(minutes=1)
FEWEST = 10  # messages in a minute that are a rate, and no trial
AT_MOST = datetime.timedelta(hours=2)
LASTS = {
    LimitKind.CONNECTIONS: datetime.timedelta(minutes=10),  # as long again where it is met again
    LimitKind.PER_MINUTE: AT_MOST,
    LimitKind.PER_CONNECTION: datetime.timedelta(days=1),
    LimitKind.SIZE: datetime.timedelta(days=1),
}
SHARED = frozenset({LimitKind.CONNECTIONS, LimitKind.PER_MINUTE})  # each worker has its part

_MET = {
    "banner-421-too-many-connections": LimitKind.CONNECTIONS,
    "policy-m365-concurrent-connections": LimitKind.CONNECTIONS,
    "policy-gmail-daily-quota": LimitKind.PER_MINUTE,
    "policy-gmail-unsolicited-rate": LimitKind.PER_MINUTE,
    "policy-connection-used-up": LimitKind.PER_CONNECTION,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the server's, and until when it is believed; it `says` what it was learnt from."""

    value: int
    until: datetime.datetime
    says: str


Limits = Mapping[LimitKind, Limit]


def met(diagnosis: Diagnosis) -> LimitKind | None:
    """The limit that a failure is about, if it is about one."""
    return _MET.get(diagnosis.id)


def limits(connection: Connection, version: int, now: datetime.datetime) -> Limits:
    """What is known of the server that the settings of `version` name, for all workers together."""
    rows = connection.execute(
        select(
            LearntLimit.kind,
            LearntLimit.value,
            LearntLimit.learnt_at,
            LearntLimit.until,
            LearntLimit.says,
        ).where(LearntLimit.version == version, LearntLimit.until > now)
    )
    return {
        row.kind: Limit(
            grown(row.value, now - row.learnt_at)
            if row.kind is LimitKind.PER_MINUTE
            else row.value,
            row.until,
            row.says,
        )
        for row in rows
    }


def grown(rate: int, quiet: datetime.timedelta) -> int:
    """A rate that was not met again for the time `quiet`: it may have been a bad hour's."""
    return int(rate * FASTER ** max(0, quiet // MINUTE))


def share(connection: Connection, limit: Limit) -> int:
    """The part of a limit that one worker has, at least one."""
    workers = connection.scalar(select(func.count()).select_from(WorkerHeartbeat)) or 1
    return max(1, limit.value // workers)


def learn(
    connection: Connection,
    kind: LimitKind,
    value: int,
    *,
    version: int,
    now: datetime.datetime,
    says: str,
) -> None:
    """Keep to a limit from `now` on, that one worker has met by itself.

    A number of connections is believed for longer each time that it is met again soon.
    """
    if kind in SHARED:
        value *= connection.scalar(select(func.count()).select_from(WorkerHeartbeat)) or 1
    before = connection.execute(
        select(LearntLimit.learnt_at, LearntLimit.until).where(
            LearntLimit.kind == kind, LearntLimit.version == version
        )
    ).first()
    lasts = LASTS[kind]
    if kind is LimitKind.CONNECTIONS and before and now < before.until + LASTS[kind]:
        lasts = min(2 * (before.until - before.learnt_at), AT_MOST)
    row = {
        "kind": kind,
        "value": max(1, value),
        "version": version,
        "learnt_at": now,
        "until": now + lasts,
        "says": says[:WORDS],
    }
    connection.execute(_LEARN[connection.dialect.name], row)


def forget(connection: Connection, version: int) -> None:
    """Forget what was learnt of the server that the settings of `version` name."""
    connection.execute(delete(LearntLimit).where(LearntLimit.version == version))


def _replacing(insert: PostgresqlInsert | SqliteInsert) -> PostgresqlInsert | SqliteInsert:
    names = ("value", "version", "learnt_at", "until", "says")
    return insert.on_conflict_do_update(
        index_elements=[LearntLimit.kind],
        set_={name: insert.excluded[name] for name in names},
    )


_LEARN = {
    "postgresql": _replacing(postgresql.insert(LearntLimit)),
    "sqlite": _replacing(sqlite.insert(LearntLimit)),
}
