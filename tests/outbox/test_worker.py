"""The worker: it sends what is accepted, by itself, and heeds what happens meanwhile (SPEC M5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest
from flask import Flask

from smtp_panel.config import Config
from smtp_panel.net.network import Network
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.route import Route
from smtp_panel.outbox.worker import Worker
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.storage import db
from tests.outbox.conftest import Clock, Hand, journals
from tests.servers.chaotic import chaotic_server
from tests.servers.ports import free_ports
from tests.servers.processes import wait_until


def route_to(port: int) -> Route:
    """The way to a server on loopback."""
    endpoint = Endpoint(server="127.0.0.1", port=port, tls=False)
    return Route(
        endpoint=endpoint, network=Network(), tokens=Tokens(), envelope_sender="", version=1
    )


@dataclass
class Sending:
    """A worker that is running, and the way that it takes."""

    hand: Hand
    route: Route | None
    most: int = 1
    worker: Worker = field(init=False)
    delivered: list[Route] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        self.worker = Worker(
            self.hand.outbox,
            lambda: self.route,
            self.delivered.append,
            most=self.most,
            wait=lambda event, seconds: event.wait(seconds / 20),
        )
        self.worker.start()

    def wait_for(self, message: str, state: MessageState) -> None:
        """Return once a message is in this state."""
        wait_until(lambda: self.hand.state(message) is state)


StartSending = Callable[..., Sending]


@pytest.fixture
def sending(app: Flask, config: Config) -> Iterator[StartSending]:
    """Starts a worker, which ends with the test."""
    with app.app_context(), ExitStack() as stack:

        def start(route: Route | None, *, most: int = 1) -> Sending:
            clock = Clock()
            outbox = Outbox(db.engine, "test", journals(config), chance=lambda: 0.0, now=clock.now)
            found = Sending(Hand(outbox, clock), route, most)
            found.start()
            stack.callback(found.worker.stop)
            return found

        yield start


def test_what_is_accepted_is_sent_at_once(sending: StartSending) -> None:
    """SPEC M3, M5."""
    with chaotic_server() as sink:
        running = sending(route_to(sink.port))
        messages = [running.hand.accept() for _ in range(3)]
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert sink.taken.total() == 3
    assert running.delivered == [running.route], "told once, so that no message waits for it"


def test_without_settings_what_is_accepted_waits_for_them(sending: StartSending) -> None:
    """SPEC M5: no service is set up yet."""
    with chaotic_server() as sink:
        running = sending(None)
        message = running.hand.accept()
        assert running.hand.state(message) is MessageState.WAITING

        running.route = route_to(sink.port)

        running.wait_for(message, MessageState.SENT)


def test_an_outage_pauses_and_everything_leaves_in_order_after_it(sending: StartSending) -> None:
    """SPEC M5: attempts are not burnt, and it drains by itself, oldest first."""
    [port] = free_ports(1)
    running = sending(route_to(port))
    messages = [running.hand.accept() for _ in range(20)]
    wait_until(lambda: running.hand.pause().failures == 1)
    assert all(running.hand.attempts(each) == [] for each in messages)

    with chaotic_server() as sink:
        running.route = replace(route_to(sink.port), version=2)
        running.hand.clock.wait(seconds=16)
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert running.hand.pause().failures == 0
    assert running.delivered == [running.route]
    order = [running.hand.attempts(each)[0].at for each in messages]
    assert order == sorted(order)


def test_a_worker_process_sends_until_sigterm_and_ends_well(app: Flask, config: Config) -> None:
    """SPEC section 11: `smtp worker`."""
    with app.app_context(), chaotic_server() as sink:
        outbox = Outbox(db.engine, "test", journals(config))
        hand = Hand(outbox, Clock())
        message = hand.accept()
        environ = {
            **os.environ,
            "SMTP_PANEL_DATA_DIR": str(config.data_dir),
            "SMTP_PANEL_DEFAULT_URL": f"smtp://127.0.0.1:{sink.port}?tls=none",
        }
        command = [sys.executable, "-m", "smtp_panel", "smtp", "worker"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
            wait_until(lambda: hand.state(message) is MessageState.SENT)
            process.send_signal(signal.SIGTERM)
            output = process.communicate(timeout=30)[0]
        outbox.close()

    assert process.returncode == 0
    assert output == "Sending what waits in the outbox.\n"
