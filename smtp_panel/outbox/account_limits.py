"""What is known of the limits of an account: what was learnt, else what its provider documents."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import Connection

from smtp_panel.diagnosis.limits import DocumentedLimit
from smtp_panel.diagnosis.providers import Provider, provider_meant
from smtp_panel.outbox import staging, workers
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import SHARED, AccountLimits, Limit, limits

SPANS = {
    "minute": LimitKind.PER_MINUTE,
    "hour": LimitKind.PER_HOUR,
    "day": LimitKind.PER_DAY,
}


def in_force(connection: Connection, account: Account, now: datetime.datetime) -> AccountLimits:
    """The limits of `account`, for all workers together, those included that are not kept to.

    What the server itself has said goes before what its provider tells of everybody's account. What
    is documented for some accounts alone may be too low for this one: it is told, not kept to.
    """
    told, learnt = documented(account), limits(connection, account.key, now)
    return {**told, **{kind: _beside(told.get(kind), limit) for kind, limit in learnt.items()}}


@lru_cache(maxsize=16)
def documented(account: Account) -> AccountLimits:
    """What the provider of the server documents; empty where it is nobody's that is known."""
    provider = provider_meant(account.server, account.username)
    if provider is None:
        return {}
    return {SPANS[told.span]: _as_told(provider, told, account) for told in provider.limits}


def binding(connection: Connection, account: Account, now: datetime.datetime) -> AccountLimits:
    """The limits of `account` that are kept to, for all workers together."""
    found = in_force(connection, account, now)
    return {kind: limit for kind, limit in found.items() if limit.is_kept}


def largest(connection: Connection, account: Account, now: datetime.datetime) -> int | None:
    """How many octets a message may have that leaves; None where nobody knows.

    So it is where it leaves by the sandbox, and not by the server of `account`.
    """
    if staging.leads_to_sandbox(connection):
        return None
    size = binding(connection, account, now).get(LimitKind.SIZE)
    return size.value if size else None


def shares(connection: Connection, found: AccountLimits) -> dict[LimitKind, int]:
    """What one worker may do by the limits that were `found`."""
    return {
        kind: _share(connection, limit) if kind in SHARED else limit.value
        for kind, limit in found.items()
    }


def _as_told(provider: Provider, told: DocumentedLimit, account: Account) -> Limit:
    """A mailbox provider may have another offer for those who bring a domain of their own."""
    elsewhere = provider.kind == "mailbox" and not provider.has_mailbox(account.username)
    return Limit(
        told.most,
        documented_by=provider.name,
        source=told.source,
        varies=elsewhere or not told.holds_for_all,
        of_messages=told.counts == "messages",
    )


def _beside(told: Limit | None, learnt: Limit) -> Limit:
    """What holds of a limit that was learnt or lifted, beside what is `told`.

    A rate that was met grows back to what is documented, and no further.
    """
    if told is None:
        return learnt
    if learnt.lifted_by and learnt.value == told.value:
        return replace(told, until=learnt.until, lifted_by=learnt.lifted_by)
    if told.is_kept and 0 < learnt.met < told.value < learnt.value:
        return replace(learnt, value=told.value)
    return learnt


def _share(connection: Connection, limit: Limit) -> int:
    """The part of a limit that one worker has, at least one."""
    return max(1, limit.value // workers.count(connection))
