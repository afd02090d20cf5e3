"""What the server took of an account is counted, over all workers (SPEC M5)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pytest

from smtp_panel.outbox import volume
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.staging import Staging
from smtp_panel.outbox.volume import Sent, SentMail
from tests.outbox.conftest import ADA, BOB, EVE, Hand, route_to
from tests.outbox.test_delivery import BYE, taken
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import expect, greet, take_message

ACCOUNT = route_to(25).account.key
MINUTE, HOUR, DAY = LimitKind.PER_MINUTE, LimitKind.PER_HOUR, LimitKind.PER_DAY


def counted(hand: Hand, account: str = ACCOUNT) -> Mapping[LimitKind, Sent]:
    """What was taken of `account` up to now."""
    with hand.engine.connect() as connection:
        return volume.volumes(connection, account, hand.clock.now())


@pytest.mark.both_engines
def test_messages_and_their_recipients_count_for_a_minute_an_hour_and_a_day(
    hand: Hand, scripted: StartScripted
) -> None:
    """M5: a refused recipient does not count, nor does what another account sent."""
    refused = [
        expect("MAIL FROM", "250 Ok"),
        expect(f"RCPT TO:<{BOB}>", "250 Ok"),
        expect(f"RCPT TO:<{EVE}>", "550 5.1.1 Unknown"),
        take_message("250 Ok"),
    ]
    server = scripted([greet(), *taken(BOB, EVE), *refused, *taken(answer="554 No"), BYE])
    for recipients in ([BOB, EVE], [BOB, EVE], [BOB]):
        hand.accept(*recipients)
    hand.deliver(server.port)

    assert counted(hand) == dict.fromkeys((MINUTE, HOUR, DAY), (2, 3))
    assert counted(hand, "another") == dict.fromkeys((MINUTE, HOUR, DAY), (0, 0))
    hand.clock.wait(minutes=1)
    assert counted(hand) == {MINUTE: (0, 0), HOUR: (2, 3), DAY: (2, 3)}
    hand.clock.wait(hours=1)
    assert counted(hand) == {MINUTE: (0, 0), HOUR: (0, 0), DAY: (2, 3)}
    hand.clock.wait(days=1)
    assert counted(hand) == dict.fromkeys((MINUTE, HOUR, DAY), (0, 0))


@pytest.mark.both_engines
def test_it_is_known_when_there_is_room_again(hand: Hand) -> None:
    """M5: as soon as enough of it was sent more than a day ago."""
    now = volume.slot_of(hand.clock.now())
    ago = [datetime.timedelta(hours=hours) for hours in (20, 10, 2)]
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(ACCOUNT, now - each, 4) for each in ago])
        volume.count(connection, [SentMail(ACCOUNT, now - each, 1) for each in ago])

        def room_in(most: int) -> datetime.timedelta:
            return volume.falls_below(connection, ACCOUNT, DAY, most, now) - now - volume.SLOT

        day = datetime.timedelta(days=1)
        assert [room_in(most) for most in (15, 11, 10, 1)] == [
            day - each for each in (ago[0], ago[0], ago[1], ago[2])
        ]
        assert volume.falls_below(connection, ACCOUNT, DAY, 16, now) == now


def test_what_no_window_reaches_is_forgotten(hand: Hand) -> None:
    """A8: nothing grows with history."""
    now = hand.clock.now()
    with hand.engine.begin() as connection:
        ages = (datetime.timedelta(hours=23), datetime.timedelta(days=2))
        volume.count(connection, [SentMail(ACCOUNT, now - age, 1) for age in ages])
        volume.forget(connection, now)
        assert volume.volumes(connection, ACCOUNT, now + ages[0])[DAY] == (0, 0)
        assert volume.volumes(connection, ACCOUNT, now)[DAY] == (1, 1)
        assert volume.volumes(connection, ACCOUNT, now - datetime.timedelta(days=1))[DAY] == (1, 1)


def test_what_goes_to_one_address_in_the_place_of_many_counts_once(
    hand: Hand, scripted: StartScripted
) -> None:
    """M5: by staging the server has one recipient."""
    hand.staging = Staging(ADA, frozenset(), ADA, hand.clock.now())
    server = scripted([greet(), *taken(ADA), BYE])
    hand.accept(BOB, EVE)
    hand.deliver(server.port)

    assert counted(hand)[DAY] == (1, 1)
