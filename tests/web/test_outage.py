"""A mail server that is down for long: nothing is lost, and all admins know (SPEC M5, W1, W8)."""

from __future__ import annotations

import datetime
import os
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import ColumnElement, func, select, update

from smtp_panel.alerts.alerts import Alerts
from smtp_panel.alerts.watch import MOMENT
from smtp_panel.outbox.model import Attempt, MessageState, Queued
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.secret import Secret
from smtp_panel.status.model import NodeStatus
from smtp_panel.storage import Base
from tests.outbox.conftest import Clock, Hand, Sending, journals, letter
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartSmtpd
from tests.servers.ports import free_ports
from tests.servers.processes import wait_until
from tests.servers.receiver import receiver
from tests.servers.smtpd import USERS
from tests.web.conftest import MakePanel, Panel, fields_of
from tests.web.test_warnings import told as warned

pytestmark = pytest.mark.both_engines

WAITING = int(os.environ.get("OUTBOX_SOAK_WAITING", "1000"))
OUTAGE = datetime.timedelta(hours=int(os.environ.get("OUTBOX_SOAK_HOURS", "1")))


@dataclass
class Watched:
    """A panel whose time is that of `hand`: its checks, and its alerts."""

    panel: Panel
    hand: Hand
    alerts: Alerts

    def check(self) -> bool:
        """Let the node check, and the alerts look for long enough; whether admins are warned."""
        with self.panel.app.app_context():
            self.panel.operations.check_saved()
        self.panel.settle()
        with self.hand.engine.begin() as connection:
            lives = self.hand.clock.now() + datetime.timedelta(days=1)
            connection.execute(update(NodeStatus).values(seen_at=lives))
        with self.panel.app.app_context():
            self.alerts.turn()
            self.hand.clock.later += MOMENT
            self.alerts.turn()
        return warned(self.panel)

    def counted(self, table: type[Base], *those: ColumnElement[bool]) -> int:
        """How many rows there are."""
        with self.hand.engine.connect() as connection:
            found = select(func.count()).select_from(table).where(*those)
            return connection.scalar(found) or 0

    def next_try(self, failures: int) -> None:
        """Return once mail has failed so often, and let the time pass until it is tried again."""
        wait_until(lambda: self.hand.pause().failures == failures)
        until = self.hand.pause().until
        assert until
        self.hand.clock.later += until - self.hand.clock.now() + datetime.timedelta(seconds=1)


def accept_many(hand: Hand) -> list[str]:
    """Accept messages, one after the other; their Message-IDs."""
    ids = [f"<{number}@test.example>" for number in range(WAITING)]
    octets = [f"Message-ID: {id_}\r\n\r\nThe news.\r\n".encode() for id_ in ids]
    for each in octets:
        hand.outbox.accept(letter(octets=each))
    return ids


def test_an_outage_costs_nobody_an_attempt_and_all_admins_know_until_all_has_left_in_order(
    make_panel: MakePanel,
) -> None:
    """SPEC M5, W1, W4, W8, QUEUE 3.11: an hour, and a thousand messages that wait.

    Once the server is back, one of them goes first and alone, and the others only when it is taken.
    """
    [port] = free_ports(1)
    with receiver() as hook, ExitStack() as stack:
        panel = make_panel(
            default_url=Secret(f"smtp://127.0.0.1:{port}?tls=none"),
            alert_webhook=Secret(hook.url),
        )
        clock = Clock()
        outbox = Outbox(
            panel.engine, "test", journals(panel.config), chance=lambda: 0.0, now=clock.now
        )
        hand = Hand(outbox, clock)
        watched = Watched(panel, hand, Alerts(panel.operations, clock=clock.now))
        with chaotic_server(port=port):
            assert not watched.check()
        sending = Sending(hand, panel.operations.route())
        ids = accept_many(hand)
        sending.start()
        stack.callback(sending.worker.stop)
        failures = 0
        while clock.later < OUTAGE:
            failures += 1
            watched.next_try(failures)
        wait_until(lambda: hand.pause().failures == failures + 1)
        assert watched.counted(Queued, Queued.tried_at.is_(None), Queued.claims == 0) == WAITING
        assert watched.counted(Attempt) == 0
        assert watched.check(), "the three warnings"

        with chaotic_server(port=port) as server:
            clock.wait(minutes=16)
            wait_until(lambda: not watched.counted(Queued), seconds=60 + WAITING / 50)
            arrivals = server.arrivals.copy()
            assert not watched.check()

    assert list(server.taken) == ids
    assert set(server.taken.values()) == {1}
    assert arrivals[:2] == [0, 1]
    assert [each.json["type"] for each in hook.requests] == ["mail.broken", "mail.recovered"]


def test_a_password_changed_at_the_provider_is_saved_on_the_page_and_all_leaves(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """SPEC M5: the queue pauses and nothing is given up; saved, it drains by itself."""
    users = dict(USERS)
    server = smtpd("none", users=users)
    panel = make_panel()
    admin = panel.admin()
    panel.saved(admin, **fields_of(server))
    (username,) = users
    users[username] = "the new one"
    panel.start()
    hand = Hand(panel.operations.outbox, Clock())
    messages = [hand.accept() for _ in range(3)]
    wait_until(lambda: hand.pause().failures)
    assert [hand.state(each) for each in messages] == [MessageState.WAITING] * 3
    assert warned(panel)

    panel.saved(admin, **fields_of(server) | {"password": "the new one"})

    wait_until(lambda: {hand.state(each) for each in messages} == {MessageState.SENT})
    assert not warned(panel)
