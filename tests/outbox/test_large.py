"""Large messages, and many recipients (SPEC M7, M8)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, event

from smtp_panel.config import Config
from smtp_panel.outbox.model import MessageState
from tests.outbox.conftest import Hand, environ_of
from tests.servers.chaotic import ChaoticServer, chaotic_server

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


class Work:
    """What was done: calls of functions, and rows that were written."""

    calls = rows = 0

    def count(self, _frame: FrameType, event: str, _argument: object) -> None:
        """Count what a thread does."""
        self.calls += event in {"call", "c_call"}

    def note(self, _c: Any, _u: Any, _s: str, rows: Any, _o: Any, many: bool) -> None:
        """Count the rows of a statement."""
        self.rows += len(rows) if many else 1


@contextmanager
def counted(engine: Engine) -> Iterator[Work]:
    """Counts the work of this thread and of those that it starts, but for the server's."""
    work = Work()
    event.listen(engine, "before_cursor_execute", work.note)
    threading.setprofile(work.count)
    sys.setprofile(work.count)
    try:
        yield work
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        event.remove(engine, "before_cursor_execute", work.note)


def work_of_sending(hand: Hand, server: ChaoticServer, recipients: int) -> Work:
    """What it takes to send one message to so many."""
    everybody = [f"reader{number}@test.example" for number in range(recipients)]
    message = hand.accept(*everybody)
    server.recipients.clear()
    with counted(hand.engine) as work:
        while hand.queued(message):
            hand.deliver(server.port)
    assert hand.state(message) is MessageState.SENT
    assert set(hand.states(message).values()) == {MessageState.SENT}
    assert server.recipients == Counter(everybody)
    return work


@pytest.mark.parametrize("tells", ["LIMITS RCPTMAX=100", ""], ids=["that it tells", "that it has"])
def test_three_times_as_many_recipients_are_three_times_the_work_whatever_a_server_takes_at_once(
    hand: Hand, tells: str
) -> None:
    """SPEC M7: by what it says itself (RFC 9422), or refuses (RFC 5321, 4.5.3.1.10)."""
    with chaotic_server() as server:
        server.tells, server.crowd = tells, 100
        work_of_sending(hand, server, 200)
        server.named = 0
        few = work_of_sending(hand, server, 2_000)
        named, server.named = server.named, 0
        many = work_of_sending(hand, server, 6_000)
    assert many.rows < 4 * few.rows
    assert many.calls < 4 * few.calls
    assert server.named < 4 * named
