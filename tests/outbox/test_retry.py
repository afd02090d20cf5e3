"""How long a message waits that is refused for now (SPEC M4, section 11)."""

from __future__ import annotations

import datetime

from smtp_panel.outbox.model import MessageState
from tests.outbox.conftest import Hand
from tests.outbox.test_delivery import BYE, taken
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import greet


def test_waits_grow_and_end_after_three_days(hand: Hand, scripted: StartScripted) -> None:
    """SPEC M4, section 11: first after 60 s, at last every hour, for 3 days."""
    server = scripted([greet(), *taken(answer="450 4.2.0 Greylisted, try again later"), BYE])
    message = hand.accept()
    waits = []
    while row := hand.queued(message):
        hand.outbox.beat()
        hand.deliver(server.port)
        hand.settled()
        if again := hand.queued(message):
            waits.append((again.due - row.due).total_seconds())
            hand.clock.wait(seconds=(again.due - hand.clock.now()).total_seconds() + 0.1)

    assert hand.state(message) is MessageState.FAILED
    minutes = [round(wait / 60) for wait in waits]
    assert minutes[:7] == [1, 1, 2, 4, 8, 16, 32]
    assert set(minutes[7:]) == {60}
    assert datetime.timedelta(days=3) <= hand.clock.later < datetime.timedelta(days=3, hours=1)
