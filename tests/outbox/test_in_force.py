"""What comes into force holds for each message whose final dot is not sent yet (SPEC M5, M6)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from smtp_panel.outbox import pause, worker
from smtp_panel.outbox.model import MessageState
from tests.outbox.conftest import OCTETS, Sending, StartHand, StartSending, route_to
from tests.outbox.test_journal import ENVELOPE, GO_AHEAD, LARGE, no_end
from tests.servers.chaotic import ChaoticServer, chaotic_server
from tests.servers.fixtures import StartScripted
from tests.servers.processes import wait_until
from tests.servers.scripted import Conversation, Step, greet

pytestmark = pytest.mark.both_engines

PATIENCE = 60.0  # seconds


class Meanwhile:
    """A server that lets something come into force before it goes on."""

    def __init__(self) -> None:
        self.change: Callable[[], None] = lambda: None
        self.done = threading.Event()

    def __call__(self, _conversation: Conversation) -> None:
        self.change()
        self.done.set()


def listen(conversation: Conversation) -> None:
    """Take what comes first of the content."""
    conversation.line()


MOMENTS = {
    "after RCPT": (OCTETS, [greet(), *ENVELOPE], [GO_AHEAD, no_end]),
    "within the content": (LARGE, [greet(), *ENVELOPE, GO_AHEAD, listen], [no_end]),
}


@pytest.mark.parametrize("change", ["hold", "settings"])
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_message_that_is_not_at_its_end_leaves_no_more_as_before(
    sending: StartSending,
    another_hand: StartHand,
    scripted: StartScripted,
    monkeypatch: pytest.MonkeyPatch,
    *,
    change: str,
    moment: tuple[bytes, list[Step], list[Step]],
) -> None:
    """A pause of an admin, staging, or other settings: it waits, or goes as it is to go now."""
    monkeypatch.setattr(worker, "FRESH_SECONDS", 0.0)
    meanwhile, other = Meanwhile(), another_hand()
    octets, before, after = moment
    running = sending(route_to(scripted([*before, meanwhile, *after]).port))

    with chaotic_server() as sink:
        meanwhile.change = {
            "hold": lambda: hold(running),
            "settings": lambda: running.change_to(route_to(sink.port)),
        }[change]
        message = other.accept(octets=octets)
        assert meanwhile.done.wait(PATIENCE)
        if change == "hold":
            wait_until(lambda: (row := other.queued(message)) is not None and not row.owner)
            assert other.state(message) is MessageState.WAITING
            release(running, sink)

        running.wait_for(message, MessageState.SENT)

    assert sink.taken.total() == 1
    assert len(other.attempts(message)) == 1


def hold(running: Sending) -> None:
    """Pause, as an admin."""
    with running.hand.engine.begin() as connection:
        pause.hold(connection, "ada", running.hand.clock.now())


def release(running: Sending, sink: ChaoticServer) -> None:
    """Go on, by a server that takes what comes."""
    running.change_to(route_to(sink.port))
    with running.hand.engine.begin() as connection:
        pause.release(connection)
