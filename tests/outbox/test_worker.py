"""The worker: it sends what is accepted, by itself, and heeds what happens meanwhile (SPEC M5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

from flask import Flask

from smtp_panel.config import Config
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.storage import db
from tests.outbox.conftest import Clock, Hand, StartSending, journals, route_to
from tests.servers.chaotic import chaotic_server
from tests.servers.ports import free_ports
from tests.servers.processes import wait_until


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
