"""What is on the disk, and not only with the kernel, when a transaction ends (SPEC M3, M6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outcomes import Fate, Outcome
from tests.outbox.conftest import Hand
from tests.servers.chaotic import chaotic_server

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


def test_of_a_message_that_was_sent_its_octets_are_in_the_file_no_more(hand: Hand) -> None:
    """SPEC M6: whoever has a copy of the file reads no mail in what SQLite has free there."""
    octets = [b"Message-ID: <1>\r\n\r\n" + b"a secret of Bob's " * times for times in (10, 100_000)]
    messages = [hand.accept(octets=each) for each in octets]
    assert b"of Bob's" in content(hand)
    with chaotic_server() as sink:
        hand.deliver(sink.port)
    assert {hand.state(each) for each in messages} == {MessageState.SENT}
    assert b"of Bob's" not in content(hand)


def content(hand: Hand) -> bytes:
    """The octets of the file of the database, with all that was written."""
    with hand.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(str(hand.engine.url.database)).read_bytes()
