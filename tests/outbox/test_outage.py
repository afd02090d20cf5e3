"""Nothing is lost or given up while the service fails, and it drains by itself (SPEC M5)."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy import ColumnElement, func, select

from smtp_panel.outbox import pause
from smtp_panel.outbox.model import Attempt, MessageState, Queued
from smtp_panel.secret import Secret
from smtp_panel.storage import Base
from tests.outbox.conftest import Hand, StartHand, letter
from tests.outbox.test_worker import StartSending, route_to, sending  # noqa: F401  (a fixture)
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartSmtpd
from tests.servers.ports import free_ports
from tests.servers.processes import wait_until

WAITING = 1000
HOUR = datetime.timedelta(hours=1)


def counted(hand: Hand, table: type[Base], *those: ColumnElement[bool]) -> int:
    """How many rows there are."""
    with hand.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*those)) or 0


def accept_many(hand: Hand) -> list[str]:
    """Accept messages, one after the other; their Message-IDs."""
    ids = [f"<{number}@test.example>" for number in range(WAITING)]
    octets = [f"Message-ID: {id_}\r\n\r\nThe news.\r\n".encode() for id_ in ids]
    for done in [hand.outbox.accept(letter(octets=each)) for each in octets]:
        done.result()
    return ids


def test_an_hour_of_outage_costs_nobody_an_attempt_and_all_leaves_in_order(
    sending: StartSending,  # noqa: F811
) -> None:
    """SPEC M5, QUEUE 3.11: the server is down for an hour while a thousand messages wait."""
    [port] = free_ports(1)
    running = sending(route_to(port))
    hand = running.hand
    ids = accept_many(hand)

    failures = 0
    while hand.clock.later < HOUR:
        failures += 1
        wait_until(lambda: hand.pause().failures == failures)  # noqa: B023  (called at once)
        until = hand.pause().until
        assert until
        hand.clock.later += until - hand.clock.now() + datetime.timedelta(seconds=1)
    wait_until(lambda: hand.pause().failures == failures + 1)  # so that no try is under way
    assert counted(hand, Queued, Queued.tried_at.is_(None), Queued.claims == 0) == WAITING
    assert counted(hand, Attempt) == 0

    with chaotic_server() as server:
        running.route = route_to(server.port)
        while hand.pause().failures:  # a try that was under way may fail still
            hand.clock.wait(minutes=1)
        wait_until(lambda: counted(hand, Queued) == 0, seconds=60)

    assert list(server.taken) == ids
    assert set(server.taken.values()) == {1}
    assert hand.pause().failures == 0


def test_a_password_changed_at_the_provider_pauses_and_the_new_one_lets_all_leave(
    sending: StartSending,  # noqa: F811
    smtpd: StartSmtpd,
) -> None:
    """SPEC M5, D3: 535 is a permanent refusal, and no message's fault."""
    server = smtpd("none", users={"ada@test.example": "the new one"})
    route = route_to(server.port)
    old = replace(route.endpoint, username="ada@test.example", password=Secret("the old one"))
    running = sending(replace(route, endpoint=old))
    hand = running.hand
    messages = [hand.accept() for _ in range(5)]
    wait_until(lambda: hand.pause().failures)
    assert [hand.state(each) for each in messages] == [MessageState.WAITING] * 5
    assert len(server.messages) == 0

    new = replace(old, password=Secret("the new one"))
    running.route = replace(route, endpoint=new, version=2)
    with hand.engine.begin() as connection:
        pause.try_now(connection, hand.clock.now())

    for message in messages:
        running.wait_for(message, MessageState.SENT)
    assert hand.pause().failures == 0


def test_a_clock_that_jumps_takes_no_message_from_whoever_has_it(
    another_hand: StartHand,
) -> None:
    """QUEUE 3.9: who lives is told by beats, and by no clock that somebody may set."""
    hand, other = another_hand(), another_hand()
    message = hand.accept()
    (claimed,) = hand.outbox.claim(1)

    for hours in (1, -2):
        for each in (hand, other):
            each.clock.jump(hours=hours)
            each.outbox.beat()
        assert not other.outbox.has_due()

    later = hand.accept(accepted_at=hand.clock.now())
    assert [each.id for each in other.outbox.claim(2)] == [later], "its time is the new one"
    hand.outbox.give_back([claimed])
    hand.settled()
    other.clock.jump(hours=1)
    assert [each.id for each in other.outbox.claim(2)] == [message]
