"""What is known of the limits of an account: what was learnt, else what its provider documents."""

from __future__ import annotations

import datetime
from functools import lru_cache

from sqlalchemy import Connection

from smtp_panel.diagnosis.providers import provider_meant
from smtp_panel.outbox import workers
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import SHARED, Limit, Limits, limits


def in_force(connection: Connection, account: Account, now: datetime.datetime) -> Limits:
    """The limits of `account`, for all workers together, those included that were lifted.

    What the server itself has said goes before what its provider tells of everybody's account.
    """
    return {**documented(account), **limits(connection, account.key, now)}


@lru_cache(maxsize=16)
def documented(account: Account) -> Limits:
    """What the provider of the server documents; empty where it is nobody's that is known."""
    provider = provider_meant(account.server, account.username)
    if provider is None:
        return {}
    told = provider.limits
    values = {
        LimitKind.PER_MINUTE: told.minute,
        LimitKind.PER_HOUR: told.hour,
        LimitKind.PER_DAY: told.day,
    }
    return {
        kind: Limit(value, documented_by=provider.name) for kind, value in values.items() if value
    }


def shares(
    connection: Connection, account: Account, now: datetime.datetime
) -> dict[LimitKind, int]:
    """What one worker may do by the limits of `account` that are kept to."""
    return {
        kind: _share(connection, limit) if kind in SHARED else limit.value
        for kind, limit in in_force(connection, account, now).items()
        if limit.is_kept
    }


def _share(connection: Connection, limit: Limit) -> int:
    """The part of a limit that one worker has, at least one."""
    return max(1, limit.value // workers.count(connection))
