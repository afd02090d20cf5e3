"""A dead man's switch: while mail works, somebody is told so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from smtp_panel.alerts.ping import Ping
from smtp_panel.secret import Secret
from smtp_panel.status import service as status
from smtp_panel.status.model import Health
from smtp_panel.storage import db, writing
from tests.servers.receiver import Receiver, receiver

NODE = "web-1"


@dataclass
class Switch:
    """A ping, and the checks that it follows."""

    ping: Ping
    server: Receiver

    def check(self, found: Health, node: str = NODE) -> None:
        """Let a check of `node` end so, and the ping look."""
        with writing(db.session) as session:
            _end_check(session, node, found)
        self.ping.turn()

    @property
    def asked(self) -> int:
        """How often it has asked."""
        return len(self.server.requests)


def _end_check(session: Session, node: str, found: Health) -> None:
    status.record_health(session, node, found, 0)


@pytest.fixture
def switch(app: Flask) -> Iterator[Switch]:
    """A ping of NODE."""
    with receiver() as server, app.app_context():
        yield Switch(Ping(app, Secret(server.url), NODE), server)


def test_each_good_check_is_told_once(switch: Switch) -> None:
    switch.ping.turn()
    assert switch.asked == 0
    switch.check(Health.HEALTHY)
    switch.ping.turn()
    switch.check(Health.HEALTHY)
    assert switch.asked == 2
    assert switch.server.requests[0].method == "GET"


def test_nothing_is_told_while_mail_is_broken_here_or_of_another_machine(switch: Switch) -> None:
    switch.check(Health.FAILED)
    switch.check(Health.HEALTHY, node="web-2")
    assert switch.asked == 0


def test_that_nobody_answers_is_said_once_and_stops_nothing(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    switch.server.status = 500
    with caplog.at_level(logging.WARNING):
        switch.check(Health.HEALTHY)
        switch.check(Health.HEALTHY)
        assert caplog.messages == [
            "the ping failed, which is not said again before it works: it answered 500"
        ]
        switch.server.status = 200
        switch.check(Health.HEALTHY)
        switch.server.status = 500
        switch.check(Health.HEALTHY)
    assert len(caplog.messages) == 2
    assert "s3cret" not in caplog.text
