"""A message that ends whoever has it in hand stops no other, and kills take no chance (SPEC M3)."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from smtp_panel.config import Config
from smtp_panel.outbox import journal, worker
from smtp_panel.outbox.journal import Journal, Mark
from smtp_panel.outbox.model import MessageState
from tests.outbox.conftest import Hand, StartHand, StartSending, journals, route_to
from tests.outbox.test_claims import sent
from tests.outbox.test_delivery import BYE, taken
from tests.outbox.test_journal import ENVELOPE, GO_AHEAD, give_up, no_end
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Conversation, close, greet

pytestmark = pytest.mark.both_engines

FAILED, SENT, WAITING = MessageState.FAILED, MessageState.SENT, MessageState.WAITING
PATIENCE = 60.0  # seconds


def test_a_message_at_which_workers_die_lets_others_go_first_and_is_set_aside(
    another_hand: StartHand, scripted: StartScripted
) -> None:
    """QUEUE, failure 5: else it is claimed for ever, and takes others along each time."""
    hand, other = another_hand(), another_hand()

    def dies(_conversation: Conversation) -> None:
        hand.clock.wait(seconds=41)
        assert hand.outbox.claim(1) == []  # others may have given it up
        give_up(other)
        hand.outbox.beat()

    deadly, beside, later = (hand.accept() for _ in range(3))
    deadly_one = scripted([greet(), *ENVELOPE, dies, GO_AHEAD, no_end])
    for _ in range(2):
        hand.deliver(deadly_one.port)
    hand.deliver(scripted([greet(), *taken(), *taken(), BYE]).port)
    assert [hand.state(each) for each in (beside, later)] == [SENT, SENT]

    hand.clock.wait(seconds=61)
    hand.outbox.beat()
    hand.deliver(deadly_one.port)
    assert hand.state(deadly) is WAITING
    hand.clock.wait(seconds=61)
    hand.outbox.beat()
    hand.deliver(scripted([greet(), BYE]).port)

    assert hand.state(deadly) is FAILED
    assert "Three workers" in str(hand.attempts(deadly)[0].says)


def test_a_disk_that_fails_keeps_no_worker_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: it goes on to finish what is in hand, though nobody learns that it was told to."""

    def fails(_file: int, _record: bytes, _place: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    journal = Journal(tmp_path, "worker")
    monkeypatch.setattr(os, "pwrite", fails)

    journal.stop()

    journal.close()


def test_a_message_at_which_machines_die_that_share_no_disk_is_set_aside_alone(
    another_hand: StartHand, scripted: StartScripted
) -> None:
    """SPEC M3, A8: nobody else can read how far they were, and it would go round for ever."""
    lives = another_hand("web-0")
    deadly, *others = [lives.accept() for _ in range(3)]
    for number in range(3):
        dead = another_hand(f"web-{number + 1}")
        dead.clock.jump(hours=number)
        while (found := dead.outbox.claim(10))[0].id != deadly:
            dead.outbox.settle(sent(dead, found[0]))
            dead.settled()
        give_up(lives)
    lives.clock.wait(hours=3)
    lives.outbox.beat()

    lives.deliver(scripted([greet(), BYE]).port)

    assert lives.state(deadly) is FAILED
    assert "Three workers" in str(lives.attempts(deadly)[0].says)
    assert lives.parts(deadly) == 1, "somebody can send it again"
    assert [lives.state(each) for each in others] == [SENT, SENT]


def test_what_was_in_hand_at_two_deaths_comes_back_one_by_one(another_hand: StartHand) -> None:
    """SPEC M3: nobody knows which of them it was, and the others are to come to an end."""
    lives = another_hand()
    messages = [lives.accept() for _ in range(3)]
    for _ in range(2):
        dead = another_hand()
        for each in [each for _ in messages for each in dead.outbox.claim(1)]:
            dead.outbox.journal.mark(each.claim, Mark.BEGUN)
        give_up(lives)

    dues = [row.due for each in messages if (row := lives.queued(each))]
    pauses = [later - before for before, later in pairwise(dues)]
    assert pauses == [timedelta(minutes=1)] * 2
    assert dues[0] > lives.clock.now()


@pytest.mark.parametrize("marks", [(), (Mark.BEGUN, Mark.ENDING, Mark.ANSWERED)])
def test_a_kill_takes_no_chance_from_what_was_not_begun_or_was_answered(
    another_hand: StartHand, marks: tuple[Mark, ...]
) -> None:
    """SPEC M3: a power cut, a deployment by kill -9."""
    dead, lives = another_hand(), another_hand()
    message = dead.accept()
    [claimed] = dead.outbox.claim(1)
    for mark in marks:
        dead.outbox.journal.mark(claimed.claim, mark)

    give_up(lives)

    row = lives.queued(message)
    assert row
    assert row.claims == 0


def test_a_worker_that_is_told_to_end_takes_no_chance_from_what_it_leaves(
    sending: StartSending,
    another_hand: StartHand,
    scripted: StartScripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SPEC M3: the message is with a server that is slow, and SIGKILL follows SIGTERM."""
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.0)
    begun, go_on = threading.Event(), threading.Event()

    def hold(_conversation: Conversation) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    other = another_hand()
    running = sending(route_to(scripted([greet(), *ENVELOPE, hold, close()]).port))
    message = running.hand.accept()
    assert begun.wait(PATIENCE)

    running.worker.stop()
    give_up(other)

    row = other.queued(message)
    go_on.set()
    assert row
    assert (row.owner, row.claims) == (None, 0)


def test_a_journal_that_was_never_begun_is_forgotten(hand: Hand, config: Config) -> None:
    """SPEC M3: of a process that was killed just then, nothing stays for ever."""
    own = list(journals(config).iterdir())
    (journals(config) / "killed.new").touch()

    hand.outbox.beat()

    assert list(journals(config).iterdir()) == own


def test_a_journal_that_is_taken_for_abandoned_as_it_begins_is_begun_again(
    hand: Hand, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: another worker may look just before it is locked."""
    lock = fcntl.flock
    looked: list[int] = []

    def look_first(file: int, how: int) -> None:
        if not looked:
            looked.append(file)
            hand.outbox.beat()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", look_first)
    begun = Journal(journals(config), "begun")

    assert looked
    assert "begun" in {path.name for path in journals(config).iterdir()}
    assert journal.abandoned(journals(config)) == []
    begun.close()


def test_a_journal_of_which_a_power_cut_left_a_part_stops_no_worker(
    hand: Hand, config: Config
) -> None:
    """SPEC M3: it was not flushed, so that a part of a record may be at its end."""
    own = list(journals(config).iterdir())
    (journals(config) / "cut").write_bytes(bytes(4096))

    hand.outbox.beat()

    assert list(journals(config).iterdir()) == own
