"""SIGTERM at each moment of a delivery: nothing is lost, and nothing goes twice (SPEC M3)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from smtp_panel.outbox import worker
from smtp_panel.outbox.model import MessageState
from smtp_panel.secret import Secret
from tests.outbox.conftest import Hand, StartHand, StartSending, route_to
from tests.outbox.test_delivery import BYE, OK, QUEUED
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartScripted
from tests.servers.processes import wait_until
from tests.servers.scripted import Conversation, Step, expect, reply, take_content

pytestmark = pytest.mark.both_engines

PATIENCE = 60.0  # seconds
NEVER = 3600.0  # seconds
# What is said to the server, and its answer.
OPENING: dict[str, tuple[Step, Step]] = {
    "connect": (lambda _: None, reply("220 mail.test.example ESMTP")),
    "EHLO": (expect("EHLO"), reply("250-mail.test.example", "250 AUTH PLAIN")),
    "AUTH": (expect("AUTH PLAIN"), reply("235 2.7.0 Ok")),
}
MESSAGE: dict[str, tuple[Step, Step]] = {
    "MAIL": (expect("MAIL FROM"), reply(OK)),
    "RCPT": (expect("RCPT TO"), reply(OK)),
    "DATA": (expect("DATA"), reply("354 Go ahead")),
    "the final dot": (take_content(), reply(QUEUED)),
}


class Slow:
    """A server that answers at one `moment` no sooner than it is told."""

    def __init__(self, moment: str) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()
        self._moment = moment

    def script(self, *parts: dict[str, tuple[Step, Step]]) -> Iterator[Step]:
        """The conversation."""
        for part in parts:
            for moment, (said, answered) in part.items():
                yield said
                if moment == self._moment:
                    yield self._hold
                yield answered
        yield BYE

    def _hold(self, _conversation: Conversation) -> None:
        self.asked.set()
        assert self.answer.wait(PATIENCE)


def named(name: str) -> bytes:
    """A message with this Message-ID."""
    return f"Message-ID: {name}\r\n\r\nThe news.\r\n".encode()


def sends_the_rest_once(other: Hand, *names: str) -> None:
    """All that is left is free, and another worker sends it."""
    with chaotic_server() as sink:
        other.deliver(sink.port)
    assert dict(sink.taken) == dict.fromkeys(names, 1)


@pytest.fixture
def slow_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker waits for at its end, it waits for."""
    monkeypatch.setattr(worker, "STOP_SECONDS", NEVER)


def stopping() -> bool:
    """Whether a worker that was told to end begins nothing any more."""
    return "outbox" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("slow_stop")
@pytest.mark.parametrize("moment", MESSAGE)
def test_the_message_in_hand_is_sent_to_its_end_and_no_other_is_begun(
    sending: StartSending, another_hand: StartHand, scripted: StartScripted, moment: str
) -> None:
    """SPEC M3."""
    server, other = Slow(moment), another_hand()
    route = route_to(scripted([*server.script(OPENING, MESSAGE)]).port)
    signed_in = replace(route.endpoint, username="ada", password=Secret("pw"))
    running = sending(replace(route, endpoint=signed_in))
    in_hand = other.accept(octets=named("1"))
    assert server.asked.wait(PATIENCE)

    end = threading.Thread(target=running.worker.stop)
    end.start()
    wait_until(stopping)
    later = other.accept(octets=named("2"))
    server.answer.set()
    end.join(PATIENCE)

    assert not end.is_alive()
    assert [other.state(each) for each in (in_hand, later)] == [
        MessageState.SENT,
        MessageState.WAITING,
    ]
    sends_the_rest_once(other, "2")


@pytest.mark.usefixtures("slow_stop")
@pytest.mark.parametrize("moment", OPENING)
def test_a_connection_that_is_being_made_is_waited_for_by_nobody(
    sending: StartSending, another_hand: StartHand, scripted: StartScripted, moment: str
) -> None:
    """SPEC M3: a server that says nothing keeps no process from its end."""
    server, other = Slow(moment), another_hand()
    route = route_to(scripted([*server.script(OPENING)]).port)
    signed_in = replace(route.endpoint, username="ada", password=Secret("pw"))
    running = sending(replace(route, endpoint=signed_in))
    message = other.accept(octets=named("1"))
    assert server.asked.wait(PATIENCE)

    end = threading.Thread(target=running.worker.stop)
    end.start()
    end.join(PATIENCE)
    ended = not end.is_alive()
    server.answer.set()

    assert ended
    assert other.state(message) is MessageState.WAITING
    sends_the_rest_once(other, "1")
