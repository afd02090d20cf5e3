"""What is on the disk, and not only with the kernel, when a transaction ends (SPEC M3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, event

from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outcomes import Fate, Outcome
from tests.outbox.conftest import Hand

NORMAL, FULL = 1, 2  # of SQLite: only the latter waits for the disk


@pytest.fixture
def commits(hand: Hand) -> Iterator[list[int]]:
    """How synchronous each transaction was that has ended."""
    found: list[int] = []

    def note(connection: Connection) -> None:
        found.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    event.listen(hand.engine, "commit", note)
    yield found
    event.remove(hand.engine, "commit", note)


def settle(hand: Hand, claimed: Claimed) -> None:
    """Note that the server has taken a message, and wait until that is written down."""
    fates = dict.fromkeys(claimed.recipients, Fate(MessageState.SENT))
    hand.outbox.settle(Outcome(claimed=claimed, at=hand.clock.now(), ms=1.0, fates=fates))
    hand.settled()


def test_what_is_accepted_survives_a_power_cut_and_a_claim_need_not(
    hand: Hand, commits: list[int]
) -> None:
    """SPEC M3: who has a message in hand, nobody asks any more after a power cut."""
    hand.accept()
    hand.outbox.claim(1)

    assert commits == [FULL, NORMAL]


def test_outcomes_do_not_wait_for_the_disk_while_more_of_them_follow(
    hand: Hand, commits: list[int]
) -> None:
    """QUEUE 3.5: they are there within 200 ms, and the last ones at once."""
    for _ in range(4):
        hand.accept()
    claimed = hand.outbox.claim(4)
    commits.clear()

    settle(hand, claimed[0])
    assert commits == [NORMAL]

    hand.clock.wait(seconds=0.25)
    settle(hand, claimed[1])
    settle(hand, claimed[2])
    assert commits == [NORMAL, FULL, NORMAL]

    waits = hand.outbox.want(10)  # there is nothing more to send
    settle(hand, claimed[3])
    assert commits[-1] == FULL
    hand.outbox.end(waits)
