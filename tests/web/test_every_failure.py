"""P3: each failure in all the places where one of a real server would be seen, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import func, select

from smtp_panel.alerts.alerts import Alerts
from smtp_panel.alerts.watch import MOMENT
from smtp_panel.audit import Actor
from smtp_panel.operations.failures import try_out
from smtp_panel.outbox import pause
from smtp_panel.outbox.model import Attempt, Message, MessageState, Queued
from smtp_panel.outbox.staging import SANDBOX, turn_on
from smtp_panel.outbox.worker import Worker
from smtp_panel.sandbox import FAILURES, Failure
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import letter
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until
from tests.servers.receiver import Receiver, receiver
from tests.web.conftest import ADMIN, MakePanel, Panel, Visitor
from tests.web.test_warnings import told as warned


@dataclass(frozen=True)
class Fate:
    """What becomes of two messages: their states, attempts in all, and whether the queue rests.

    `after` are their states once the failure has ended.
    """

    states: frozenset[str]
    attempts: int
    rests: bool
    after: frozenset[str]


def fate(state: str, *, attempts: int = 0, rests: bool = False, after: str = "sent") -> Fate:
    """What becomes of two messages."""
    return Fate(frozenset({state}), attempts, rests, frozenset(after.split()))


PAUSED = fate("waiting", rests=True)
PUT_OFF = fate("waiting", attempts=2)
REFUSED = fate("failed", attempts=2, after="failed")
SENT = fate("sent", attempts=2)
FATES = dict.fromkeys((each.id for each in FAILURES), PAUSED) | {
    "no-greeting": fate("waiting"),  # which the outbox waits for as long as RFC 5321 says
    "certificate-ends-soon": SENT,
    "sender-refused": REFUSED,
    "greylisting": PUT_OFF,
    "unknown-recipient": REFUSED,
    "mailbox-full": PUT_OFF,
    "too-large": REFUSED,
    "spam": REFUSED,
    "no-answer": fate("sending", after="uncertain sent"),
    "lost": SENT,
}
SILENT = frozenset({"no-greeting", "no-answer"})
# By staging all that pauses the queue goes one way, so that one of each step stands for the others.
BY_STAGING = {"closed-port", "certificate-expired", "wrong-password", "relay-denied", "quota"} | {
    each for each, met in FATES.items() if met.states != PAUSED.states or met.attempts
}
# What a check of the service and a test by it think nothing of, or what is soon over.
NO_PROBLEM = frozenset({"certificate-ends-soon", "lost", "greylisting", "mailbox-full"})


def stands(panel: Panel) -> tuple[frozenset[str], int, bool]:
    """How the messages stand, how many attempts there were, and whether the queue rests."""
    with panel.engine.connect() as connection:
        states = set(connection.scalars(select(Message.state)))
        if connection.scalar(select(Queued.id).where(Queued.owner.is_not(None))):
            states = states - {MessageState.WAITING} | {MessageState.SENDING}
        attempts = connection.scalar(select(func.count()).select_from(Attempt)) or 0
        return frozenset(states), attempts, pause.rest(connection).failures > 0


def shown(admin: Visitor) -> tuple[frozenset[str], bool]:
    """What the page of the outbox shows of that."""
    page = admin.page("/admin/outbox")
    states = {each["data-state"] for each in page.all(data_message=None)}
    return frozenset(states), bool(page.all(data_pause="failing"))


def let(panel: Panel, failure: Failure | None) -> None:
    """Let the sandbox fail in this way, or with None no more, and let the check end."""
    with panel.app.app_context():
        try_out(panel.operations, panel.sandbox, failure, Actor(ADMIN))
    panel.settle()


def stage(panel: Panel) -> None:
    """Let all mail go to the sandbox."""
    with panel.app.app_context(), writing(db.session) as session:
        turn_on(session, SANDBOX, [], Actor(ADMIN))


@contextmanager
def sending(panel: Panel) -> Iterator[None]:
    """Let a worker send what waits, and look for it often."""
    path = panel.operations
    worker = Worker(
        path.outbox,
        path.route,
        path.delivered,
        most=1,  # so that both messages go on one connection, and show whose failure it is
        wait=lambda news, most: news.wait(most / 20),
    )
    worker.start()
    yield
    worker.stop()


def look(panel: Panel, now: datetime) -> None:
    """Let the alerts look at a moment."""
    with panel.app.app_context():
        Alerts(panel.operations, lambda: now).turn()


def alerted(panel: Panel, hook: Receiver) -> list[str]:
    """What the webhook has been told, once it has been as it is for a moment."""
    for now in (utcnow(), utcnow() + MOMENT):
        look(panel, now)
    return [each.json["type"] for each in hook.requests]


@pytest.mark.parametrize(
    ("failure", "staged"),
    [
        *(pytest.param(each, False, id=each.id) for each in FAILURES),
        *(
            pytest.param(each, True, id=f"{each.id} by staging")
            for each in FAILURES
            if each.id in BY_STAGING
        ),
    ],
)
def test_it_is_seen_by_test_warning_outbox_and_alert_until_it_ends(
    make_panel: MakePanel, failure: Failure, staged: bool
) -> None:
    """P3, T6, W1, W4, W8, M5: by staging the service works, of which check and test tell."""
    met = FATES[failure.id]
    with chaotic_server() as service, receiver() as hook:
        url = f"smtp://127.0.0.1:{service.port}?tls=none&from=ada@test.example" if staged else ""
        panel = make_panel(
            sandbox=True,
            default_url=Secret(url),
            alert_webhook=Secret(hook.url),
            test_timeout=3.0 if failure.id in SILENT and not staged else 10.0,
        )
        panel.sandbox.start()
        admin = panel.admin()
        if staged:
            stage(panel)
        let(panel, failure)
        result = panel.tested(admin).id("test-result")
        stages = [each["data-stage"] for each in result.all(data_diagnosis=None)]
        assert stages == ([failure.stage] if failure.stage and not staged else [])

        for _ in range(2):
            panel.operations.intake.accept(letter())
        with sending(panel):
            wait_until(lambda: stands(panel) == (met.states, met.attempts, met.rests))
            assert shown(admin) == (met.states, met.rests)
            fails = failure.id not in NO_PROBLEM and not staged
            assert warned(panel) == (fails or met.rests or met == REFUSED)
            told = ["mail.broken", "mail.recovered"] if fails or met.rests else []
            assert alerted(panel, hook) == told[:1]

            let(panel, None)
            wait_until(lambda: stands(panel)[0] == met.after)
            assert not warned(panel)
            assert alerted(panel, hook) == told
