"""Nothing is lost or given up while the service fails, and it drains by itself (SPEC M5)."""

from __future__ import annotations

from dataclasses import replace

from smtp_panel.outbox import pause
from smtp_panel.outbox.model import MessageState
from smtp_panel.secret import Secret
from tests.outbox.conftest import StartHand
from tests.outbox.test_worker import StartSending, route_to, sending  # noqa: F401  (a fixture)
from tests.servers.fixtures import StartSmtpd
from tests.servers.processes import wait_until


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
