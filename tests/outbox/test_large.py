"""Large messages, and many recipients (SPEC M7, M8)."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from smtp_panel.config import Config
from smtp_panel.outbox.model import MessageState
from tests.outbox.conftest import Hand, environ_of
from tests.servers.chaotic import chaotic_server

MEGABYTE = 1024 * 1024
HEADER = b"Message-ID: <1@test.example>\r\n\r\n"

pytestmark = pytest.mark.both_engines


def test_twenty_five_megabytes_leave_in_little_memory(hand: Hand, config: Config) -> None:
    """SPEC M8: an attachment is read in parts as it is sent; what others hold is not counted."""
    line = b"x" * 74 + b"\r\n"
    message = hand.accept(octets=HEADER + line * (25 * MEGABYTE // len(line)))
    with chaotic_server() as server:
        told = subprocess.run(
            [sys.executable, "-m", "tests.outbox.deliver", str(server.port)],
            env=environ_of(config),
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert hand.state(message) is MessageState.SENT
    assert int(told) < 8 * MEGABYTE


def test_each_of_ten_thousand_recipients_gets_the_message_once(hand: Hand) -> None:
    """SPEC M7: in as many transactions as the server wants (RFC 5321, section 4.5.3.1.10)."""
    everybody = [f"reader{number}@test.example" for number in range(10_000)]
    with chaotic_server() as server:
        server.crowd = 8000
        message = hand.accept(*everybody, octets=HEADER + b"The news.\r\n")
        for _ in range(2):
            hand.deliver(server.port)

    assert hand.state(message) is MessageState.SENT
    assert set(hand.states(message).values()) == {MessageState.SENT}
    assert server.recipients == Counter(everybody)
    assert server.taken.total() == 2
