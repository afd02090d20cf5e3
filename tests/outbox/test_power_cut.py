"""What is on the disk, and not only with the kernel, when a transaction ends (SPEC M3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, event

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


def test_what_is_accepted_and_what_became_of_it_survive_a_power_cut(
    hand: Hand, commits: list[int]
) -> None:
    """SPEC M3: who has a message in hand, nobody asks any more after a power cut."""
    hand.accept()
    [claimed] = hand.outbox.claim(1)
    fates = dict.fromkeys(claimed.recipients, Fate(MessageState.SENT))
    hand.outbox.settle(Outcome(claimed=claimed, at=hand.clock.now(), ms=1.0, fates=fates))
    hand.settled()

    assert commits == [FULL, NORMAL, FULL]
