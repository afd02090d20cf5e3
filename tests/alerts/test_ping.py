"""A dead man's switch: while mail works, somebody is told so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from smtp_panel.alerts.ping import Ping
from smtp_panel.check.check import Check
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.runs.model import RunKind, RunState
from smtp_panel.runs.runner import new_run
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Facts
from smtp_panel.status import service as status
from smtp_panel.storage import db, writing
from tests.diagnosis.examples import said
from tests.servers.receiver import Receiver, receiver

NODE = "web-1"
REFUSED = said("auth", "535 5.7.8 no")
PUT_OFF = said("mail_from", "451 4.3.0 try again later")


@dataclass
class Switch:
    """A ping, and the checks that it follows."""

    ping: Ping
    server: Receiver

    def check(self, failure: Facts | None = None, node: str = NODE) -> None:
        """Let a check of `node` end well, or with `failure`, and the ping look."""
        with writing(db.session) as session:
            _end_check(session, node, failure)
        self.ping.turn()

    @property
    def asked(self) -> int:
        """How often it has asked."""
        return len(self.server.requests)


def _end_check(session: Session, node: str, failure: Facts | None) -> None:
    check = Check(Endpoint(server="mail.test.example", port=587), seconds=20.0)
    run = new_run(session, RunKind.CHECK, check, settings_version=0, draft={})
    run.state = RunState.FAILED if failure else RunState.PASSED
    run.diagnosis = diagnose(failure).to_json() if failure else None
    status.record(session, node, run)


@pytest.fixture
def switch(app: Flask) -> Iterator[Switch]:
    """A ping of NODE."""
    with receiver() as server, app.app_context():
        yield Switch(Ping(Secret(server.url), NODE), server)


def test_each_good_check_is_told_once(switch: Switch) -> None:
    switch.ping.turn()
    assert switch.asked == 0
    switch.check()
    switch.ping.turn()
    switch.check()
    assert switch.asked == 2
    assert switch.server.requests[0].method == "GET"


def test_a_process_that_starts_tells_no_check_of_before(app: Flask, switch: Switch) -> None:
    """One that ends before its first check has passed, and starts again and again, is silent."""
    switch.check()
    switch.ping = Ping(Secret(switch.server.url), NODE)
    switch.ping.turn()
    switch.check(PUT_OFF)
    assert switch.asked == 1
    switch.check()
    assert switch.asked == 2


def test_a_process_that_takes_over_tells_no_check_again(app: Flask, switch: Switch) -> None:
    """A8: one that stood ready since before that check, which the other has told."""
    other = Ping(Secret(switch.server.url), NODE)
    switch.check()
    other.turn()
    assert switch.asked == 1
    switch.ping = other
    switch.check()
    assert switch.asked == 2


def test_nothing_is_told_while_mail_is_broken_here_or_of_another_machine(switch: Switch) -> None:
    switch.check(REFUSED)
    switch.check(node="web-2")
    assert switch.asked == 0


def test_a_check_that_the_server_puts_off_is_none_that_is_good(switch: Switch) -> None:
    """W4: mail is not taken for broken by it, and the switch hears of what passed alone."""
    switch.check()
    switch.check(PUT_OFF)
    switch.check(PUT_OFF)
    assert switch.asked == 1
    switch.check()
    assert switch.asked == 2


def test_that_nobody_answers_is_said_once_and_stops_nothing(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    switch.server.status = 500
    with caplog.at_level(logging.WARNING):
        switch.check()
        switch.check()
        assert caplog.messages == [
            "the ping failed, which is not said again before it works: it answered 500"
        ]
        switch.server.status = 200
        switch.check()
        switch.server.status = 500
        switch.check()
    assert len(caplog.messages) == 2
    assert "s3cret" not in caplog.text
