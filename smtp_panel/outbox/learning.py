"""Learns from how connections fare what the server takes (SPEC M5, M7)."""

from __future__ import annotations

import datetime
from collections import defaultdict, deque
from collections.abc import Collection

from sqlalchemy import Connection

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import account_limits, limits, pause, quota, staging, told, volume
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.courier import Courier
from smtp_panel.outbox.limit_model import OFFERED, QUOTAS, LimitKind
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.route import Route
from smtp_panel.outbox.volume import SentMail
from smtp_panel.runs.model import Run, RunKind

ENDS, ALIKE = 3, 0.1  # connections that end after about as many messages, within this part


class Learner:
    """Keeps this worker to the limits that it, or another, has met.

    `pace` is held to the rate, and `outbox` to the quotas. `shares` are the limits in force: what
    this worker may do by those that all workers have together.
    """

    def __init__(self, outbox: Outbox, pace: Pace) -> None:
        self.shares: dict[LimitKind, int] = {}
        self._outbox = outbox
        self._pace = pace
        self._ends: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=ENDS))  # by account

    def look_up(self, route: Route | None) -> None:
        """Take what is known of the server that `route` leads to."""
        if route is None or route.to_sandbox:
            self.shares = {}
            self._outbox.quotas = Quotas()
        else:
            account = route.account
            with self._outbox.engine.connect() as connection:
                found = account_limits.binding(connection, account, self._outbox.now())
                self.shares = account_limits.shares(connection, found)
            most = {kind: found[kind] for kind in QUOTAS if kind in found}
            self._outbox.quotas = Quotas(account.key, most)
        self._pace.per_minute = self.shares.get(LimitKind.PER_MINUTE)

    def failed(
        self,
        route: Route,
        courier: Courier,
        others: Collection[Courier],
        diagnosis: Diagnosis,
        *,
        probing: bool = False,
    ) -> bool:
        """Learn from a failure of the service that `courier` met; `others` are at work beside it.

        Whether all is well as soon as that is kept to.
        """
        says, met = diagnosis.server_says, told.met(diagnosis)
        if told.has_enough(diagnosis):
            if met and not probing:  # which only tells that it is not over yet
                self._learn_quota(route, met, diagnosis)
            return False
        if met is LimitKind.PER_CONNECTION and courier.delivered:
            self._learn(route, met, courier.delivered, says)
            return True
        if met is LimitKind.PER_MINUTE:
            if named := told.counted(says):
                self._learn(route, met, named.number, says)
                return False
            begun = self._pace.last_minute
            if begun >= limits.FEWEST:
                self._learn(route, met, round(limits.SLOWER * begun), says)
            return False
        of_connections = met is LimitKind.CONNECTIONS
        standing = sum(
            bool(each.delivered or (of_connections and each.connected)) for each in others
        )
        if standing:
            self._learn(route, LimitKind.CONNECTIONS, standing, says)
        return bool(standing)

    def ended(
        self, route: Route, courier: Courier, others: Collection[Courier], why: Diagnosis
    ) -> bool:
        """Learn from a connection that the server has ended; whether another one may do better."""
        met = told.met(why)
        if met is not None and self.failed(route, courier, others, why):
            return True
        if met is LimitKind.PER_MINUTE or told.has_enough(why):
            return False
        ends = self._ends[route.account.key]
        ends.append(courier.delivered)
        fewest, most = min(ends), max(ends)
        if len(ends) == ENDS and most - fewest <= ALIKE * most:
            self._learn(route, LimitKind.PER_CONNECTION, fewest, "")
        return True

    def passed(self, route: Route) -> None:
        """Forget a quota that a message has passed by which the service was tried: it is over."""
        self._outbox.flush()
        if not self._outbox.quotas:
            return
        with self._outbox.transaction() as connection:
            if quota.room(connection, self._outbox.quotas, self._outbox.now()).has_place(1):
                return
            pause.forget_full(connection)
            limits.forget_quotas(connection, route.account.key)
        self.look_up(route)

    def offered(self, route: Route, courier: Courier) -> None:
        """Learn what the server itself says that it takes at most, or that it says nothing."""
        offered = {kind: courier.offered.get(name) for kind, name in OFFERED.items()}
        if not offered[LimitKind.PER_CONNECTION]:
            del offered[LimitKind.PER_CONNECTION]  # which it may have shown by hanging up
        known = all(self.shares.get(kind) == value for kind, value in offered.items())
        if known or not courier.connected or route.to_sandbox:
            return
        with self._outbox.transaction() as connection:
            if not pause.is_current(connection, route.generation):
                return
            limits.learn_offered(connection, route.account.key, offered, now=self._outbox.now())
        self.look_up(route)

    def _learn_quota(self, route: Route, kind: LimitKind, diagnosis: Diagnosis) -> None:
        """As many as the server names is what it lets through, or as many as were sent."""
        self._outbox.flush()
        with self._outbox.engine.connect() as connection:
            found = volume.volumes(connection, route.account.key, self._outbox.now())
        sent = found[kind].recipients
        named = told.number(diagnosis)
        if named or sent >= limits.FEWEST:
            wait = diagnosis.wait
            over_in = datetime.timedelta(seconds=wait.seconds) if wait else None
            self._learn(route, kind, max(named, sent), diagnosis.server_says, over_in)

    def _learn(
        self,
        route: Route,
        kind: LimitKind,
        value: int,
        says: str,
        over_in: datetime.timedelta | None = None,
    ) -> None:
        if route.to_sandbox:
            return
        with self._outbox.transaction() as connection:
            if not pause.is_current(connection, route.generation):
                return
            limits.learn(
                connection,
                kind,
                value,
                account=route.account.key,
                now=self._outbox.now(),
                says=says,
                over_in=over_in,
            )
        self.look_up(route)


def learn_from(
    connection: Connection, run: Run, account: Account, now: datetime.datetime, *, version: int
) -> None:
    """Learn from `run`, a check or test of saved settings that has passed.

    `account` is by the settings in force, of `version`: what a server takes is that one's alone.
    """
    is_test = run.kind is RunKind.TEST
    if is_test:
        volume.count(connection, [SentMail(account.key, now, 1)])
    if not staging.leads_to_sandbox(connection):
        pause.check_passed(connection, run.reached)
    if is_test:  # which the server took, so that no quota is met
        limits.forget_quotas(connection, account.key)
    if run.settings_version == version:
        limits.learn_offered(connection, account.key, {LimitKind.SIZE: run.size_limit}, now=now)
