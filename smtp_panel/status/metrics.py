"""The figures that Prometheus reads, computed from the database at each scrape (SPEC A7).

So they are the same whichever process is asked, and hold over restarts.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smtp_panel.outbox.listing import COUNTED, waiting, waits_since
from smtp_panel.outbox.model import MessageState, Pause, Tally
from smtp_panel.runs.model import Run
from smtp_panel.status.model import NODE_LEASE, Health, NodeStatus
from smtp_panel.storage import utcnow

ENDS = (MessageState.SENT, MessageState.FAILED, MessageState.UNCERTAIN, MessageState.CANCELLED)


def exposition(session: Session) -> bytes:
    """Every figure, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(session, utcnow()))
    return generate_latest(registry)


class _Figures(Collector):
    """What the database of `session` holds at the moment `now`."""

    def __init__(self, session: Session, now: datetime.datetime) -> None:
        self._session = session
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering asks the database nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The figures of the outbox, of what became of its messages, and of each node."""
        yield from self._outbox()
        yield from self._messages()
        yield from self._nodes()

    def _outbox(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "smtp_panel_outbox_waiting",
            f"Messages that are not finished; of more than {COUNTED} so many.",
            value=waiting(self._session.connection()),
        )
        yield GaugeMetricFamily(
            "smtp_panel_outbox_oldest_seconds",
            "How long the oldest message that was due has waited; 0 where none waits.",
            value=self._oldest(),
        )
        paused = GaugeMetricFamily(
            "smtp_panel_outbox_paused",
            "Whether the outbox rests: because the mail service fails, or by the word of an admin.",
            labels=["by"],
        )
        rest = self._session.execute(select(Pause.failures, Pause.held_by)).one()
        paused.add_metric(["service"], bool(rest.failures))
        paused.add_metric(["admin"], rest.held_by is not None)
        yield paused

    def _oldest(self) -> float:
        """Seconds."""
        since = waits_since(self._session.connection(), self._now)
        return (self._now - since).total_seconds() if since else 0.0

    def _messages(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(
            "smtp_panel_messages", "Messages that came to an end, by which.", labels=["state"]
        )
        by_state = select(Tally.state, func.sum(Tally.messages)).group_by(Tally.state)
        counted = {state: int(count) for state, count in self._session.execute(by_state)}
        for state in ENDS:
            ended.add_metric([state], counted.get(state, 0))
        yield ended
        failed = CounterMetricFamily(
            "smtp_panel_messages_failed", "Messages that failed, by why.", labels=["diagnosis"]
        )
        by_reason = select(Tally.diagnosis, func.sum(Tally.messages)).group_by(Tally.diagnosis)
        for why, count in self._session.execute(
            by_reason.where(Tally.state == MessageState.FAILED).order_by(Tally.diagnosis)
        ):
            failed.add_metric([why], int(count))
        yield failed

    def _nodes(self) -> Iterator[Metric]:
        ok = GaugeMetricFamily(
            "smtp_panel_check_ok",
            "Whether the last check of a node passed, by the settings in force.",
            labels=["node"],
        )
        took = GaugeMetricFamily(
            "smtp_panel_check_seconds", "How long the last check of a node took.", labels=["node"]
        )
        at = GaugeMetricFamily(
            "smtp_panel_check_timestamp_seconds", "When a node checked last.", labels=["node"]
        )
        alive = select(NodeStatus, Run).outerjoin(Run, Run.id == NodeStatus.run_id)
        alive = alive.where(NodeStatus.seen_at > self._now - NODE_LEASE).order_by(NodeStatus.node)
        for status, run in self._session.execute(alive):
            at.add_metric([status.node], status.checked_at.timestamp())
            if status.health is not Health.UNKNOWN:
                ok.add_metric([status.node], status.health is Health.HEALTHY)
            if run:
                took.add_metric([status.node], sum(step.ms or 0 for step in run.ladder()) / 1000)
        yield from (ok, took, at)
