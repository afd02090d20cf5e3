"""What would pass a quota of the server's waits, and no attempt is used up (SPEC M5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_panel.outbox import limits, volume
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.volume import SentMail
from tests.outbox.conftest import BOB, Hand, StartHand, StartSending, route_to
from tests.outbox.test_limits import known
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until

ACCOUNT = route_to(25).account.key
HOUR, DAY = LimitKind.PER_HOUR, LimitKind.PER_DAY


def people(count: int) -> list[str]:
    """So many recipients."""
    return [f"{number}@test.example" for number in range(count)]


def ids(claimed: list[Claimed]) -> list[str]:
    """Which messages were claimed."""
    return [each.id for each in claimed]


@pytest.mark.both_engines
def test_workers_together_take_no_more_in_hand_than_a_quota_has_room_for(
    another_hand: StartHand,
) -> None:
    """M5: what was sent counts, what anybody has in hand as well, and each recipient."""
    first, second = another_hand(), another_hand()
    for hand in (first, second):
        hand.outbox.quotas = Quotas(ACCOUNT, {HOUR: Limit(100), DAY: Limit(8)})
    with first.engine.begin() as connection:
        volume.count(connection, [SentMail(ACCOUNT, first.clock.now(), 2)])
    messages = [first.accept(*people(2)) for _ in range(4)]

    assert ids(first.outbox.claim(2)) == messages[:2]
    assert ids(second.outbox.claim(10)) == messages[2:3]
    assert first.outbox.claim(10) == []
    assert first.outbox.has_due()
    assert first.outbox.is_full(first.outbox.rest())


@pytest.mark.both_engines
def test_workers_that_claim_at_once_do_not_pass_a_quota_together(another_hand: StartHand) -> None:
    """M5, A8: whoever looks first."""
    hands = [another_hand() for _ in range(4)]
    for _ in range(20):
        hands[0].accept()
    for hand in hands:
        hand.outbox.quotas = Quotas(ACCOUNT, {DAY: Limit(8)})

    with ThreadPoolExecutor(len(hands)) as together:
        claimed = list(together.map(lambda hand: hand.outbox.claim(3), hands))

    assert sorted(map(len, claimed)) == [0, 2, 3, 3]


def test_no_message_passes_an_older_one_that_has_no_room(hand: Hand) -> None:
    """M5, oldest first; and what is larger than the quota goes once that is whole."""
    hand.outbox.quotas = Quotas(ACCOUNT, {DAY: Limit(5)})
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(ACCOUNT, hand.clock.now(), 3)])
    large, small = hand.accept(*people(9)), hand.accept(BOB)
    assert hand.outbox.claim(10) == []
    assert hand.outbox.is_full(hand.outbox.rest())
    until = hand.pause().full_until
    assert until

    hand.clock.wait(days=1, seconds=20)
    hand.outbox.beat()

    assert until < hand.clock.now()
    assert not hand.outbox.is_full(hand.outbox.rest())
    assert ids(hand.outbox.claim(10)) == [large]
    assert small not in ids(hand.outbox.claim(10))


def test_a_quota_that_is_met_is_learnt_and_what_is_left_waits_until_it_is_over(
    sending: StartSending,
) -> None:
    """M5: no attempt is used up; whether it is over is tried by one message an hour."""
    with chaotic_server() as server:
        server.quota = 12
        running = sending(route_to(server.port))
        messages = [running.hand.accept() for _ in range(20)]
        wait_until(lambda: running.hand.pause().failures == 1)

        assert known(running.hand)[DAY].value == 12
        assert "Daily user sending limit" in known(running.hand)[DAY].says
        waiting = [each for each in messages if running.hand.state(each) is MessageState.WAITING]
        assert len(waiting) == 8
        running.hand.clock.wait(minutes=61)
        wait_until(lambda: running.hand.pause().failures == 2)
        assert all(running.hand.attempts(each) == [] for each in waiting)

        server.quota = 0
        running.hand.clock.wait(minutes=61)
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert known(running.hand) == {}, "it was over sooner than in a day"
    assert running.hand.pause().failures == 0


def test_what_would_pass_a_known_quota_is_not_even_tried(sending: StartSending) -> None:
    """M5: it goes on by itself as soon as there is room."""
    with chaotic_server() as server:
        running = sending(None)
        now = running.hand.clock.now()
        with running.hand.engine.begin() as connection:
            volume.count(connection, [SentMail(ACCOUNT, now, 5)])
            limits.learn(connection, DAY, 5, account=ACCOUNT, now=now, says="")
        message = running.hand.accept()
        running.route = route_to(server.port)
        wait_until(lambda: running.hand.pause().full_until)
        assert server.arrivals == []

        running.hand.clock.wait(days=1, seconds=20)
        running.wait_for(message, MessageState.SENT)

    assert server.arrivals == [0]
