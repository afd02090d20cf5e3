"""What a killed or stopped worker leaves is sent, and nothing twice by itself (SPEC M3)."""

from __future__ import annotations

import errno
import os
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from smtp_panel.audit import Actor
from smtp_panel.config import Config
from smtp_panel.outbox import journal
from smtp_panel.outbox.handling import resend
from smtp_panel.outbox.journal import Journal, Mark
from smtp_panel.outbox.model import MessageState, WorkerHeartbeat
from smtp_panel.outbox.pruning import prune
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.storage import db, utcnow, writing
from tests.outbox import hasty_worker
from tests.outbox.conftest import BOB, EVE, OCTETS, Hand, StartHand, journals
from tests.outbox.test_delivery import BYE, OK, QUEUED, taken
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartScripted
from tests.servers.processes import is_stopped, wait_until
from tests.servers.scripted import (
    Conversation,
    Step,
    UnexpectedLine,
    close,
    expect,
    greet,
    send,
    take_content,
    take_message,
)

pytestmark = pytest.mark.both_engines

SENT, WAITING, UNCERTAIN = MessageState.SENT, MessageState.WAITING, MessageState.UNCERTAIN


def clock_tells(hand: Hand) -> None:
    """A worker that was stopped sees by its clock that it was given up."""
    hand.clock.wait(seconds=41)


def beat_tells(hand: Hand) -> None:
    """A worker that was stopped finds at its next beat that it was given up."""
    hand.outbox.beat()


def give_up(other: Hand) -> None:
    """Let `other` take the worker that is silent for dead."""
    other.outbox.beat()
    other.clock.wait(seconds=41)
    other.outbox.beat()


def workers(hand: Hand) -> int:
    """How many workers are known to live."""
    with hand.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(WorkerHeartbeat)) or 0


def no_end(conversation: Conversation) -> None:
    """The client leaves without the end of the message."""
    for _ in iter(conversation.line, "."):
        pass
    raise UnexpectedLine("the end of a message that others have")


ENVELOPE = (expect("MAIL FROM", OK), expect("RCPT TO", OK))
GO_AHEAD = expect("DATA", "354 Go ahead")
# More than two sockets hold, so that the end does not go out before the rest is read.
LARGE = OCTETS + (b"x" * 998 + b"\r\n") * 14_000


@pytest.mark.parametrize(
    ("before", "tells", "after"),
    [
        (
            [greet("PIPELINING"), Conversation.listen],
            clock_tells,
            [*ENVELOPE, GO_AHEAD, no_end],
        ),
        ([greet(), *ENVELOPE], beat_tells, [GO_AHEAD, no_end]),
        ([greet(), *ENVELOPE, expect("DATA")], clock_tells, [send(b"354 Go ahead\r\n"), no_end]),
    ],
    ids=["before MAIL", "after RCPT", "after DATA"],
)
def test_what_a_stopped_worker_had_begun_another_one_sends_and_it_alone(
    another_hand: StartHand,
    scripted: StartScripted,
    before: Sequence[Step],
    tells: Callable[[Hand], None],
    after: Sequence[Step],
) -> None:
    """QUEUE, failure 1: until the final dot is with the server nothing is in doubt."""
    hand, other = another_hand(), another_hand()
    message = hand.accept()
    good = scripted([greet(), *taken(), BYE])

    def meanwhile(_conversation: Conversation) -> None:
        give_up(other)
        other.deliver(good.port)
        tells(hand)

    hand.probe(scripted([*before, meanwhile, *after]).port)

    assert hand.state(message) is SENT
    assert len(hand.attempts(message)) == 1


def test_a_worker_that_is_stopped_within_a_message_does_not_end_it_when_it_goes_on(
    another_hand: StartHand, scripted: StartScripted
) -> None:
    """QUEUE, failure 1: the last piece is what counts."""
    hand, other = another_hand(), another_hand()
    message = hand.accept(octets=LARGE)

    def meanwhile(conversation: Conversation) -> None:
        conversation.line()
        give_up(other)
        clock_tells(hand)

    hand.probe(scripted([greet(), *ENVELOPE, GO_AHEAD, meanwhile, no_end]).port)

    assert [each.id for each in other.outbox.claim(1)] == [message]
    assert hand.attempts(message) == []


def test_a_worker_that_was_stopped_for_so_long_that_its_message_is_forgotten_goes_on(
    another_hand: StartHand, scripted: StartScripted
) -> None:
    """QUEUE, failure 5: what the server says at last is of nothing any more, and stops no other."""
    hand, other = another_hand(), another_hand()
    hand.accept()
    other.outbox.uncertain = Uncertain.SENT

    def meanwhile(conversation: Conversation) -> None:
        give_up(other)
        with hand.engine.begin() as connection:
            prune(connection, utcnow() + timedelta(days=1))
        conversation.send(f"{QUEUED}\r\n".encode())

    hand.probe(scripted([greet(), *ENVELOPE, GO_AHEAD, take_content(), meanwhile, BYE]).port)

    hand.outbox.beat()
    assert hand.outbox.may_begin
    message = hand.accept()
    hand.deliver(scripted([greet(), *taken(), BYE]).port)
    assert hand.state(message) is SENT


@pytest.mark.parametrize(
    ("setting", "state"),
    [
        (Uncertain.ASK, UNCERTAIN),
        (Uncertain.RESEND, WAITING),
        (Uncertain.SENT, SENT),
    ],
)
def test_what_a_stopped_worker_has_with_the_server_is_uncertain(
    another_hand: StartHand, scripted: StartScripted, setting: Uncertain, state: MessageState
) -> None:
    """SPEC M3: neither repeated nor dropped, unless a setting says so; a late answer is noted."""
    hand, other = another_hand(), another_hand()
    other.outbox.uncertain = setting
    message = hand.accept()
    found = []

    def meanwhile(conversation: Conversation) -> None:
        give_up(other)
        found.append(hand.state(message))
        conversation.send(f"{QUEUED}\r\n".encode())

    hand.probe(scripted([greet(), *ENVELOPE, GO_AHEAD, take_content(), meanwhile, BYE]).port)

    assert found == [hand.state(message)] == [state]
    assert [each.state for each in hand.attempts(message)] == [state, SENT]
    assert (hand.queued(message) is None) is (state is not WAITING)


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (QUEUED, Mark.TAKEN),
        ("421 4.3.2 Shutting down", Mark.ANSWERED),
        ("554 5.7.1 Spam", Mark.ANSWERED),
        ("", Mark.ENDING),
    ],
)
def test_a_worker_marks_what_the_server_said_before_it_is_written_down(
    hand: Hand, config: Config, scripted: StartScripted, answer: str, mark: Mark
) -> None:
    """QUEUE, failure 1: any reply is definite; only silence leaves it open."""
    message = hand.accept()

    hand.deliver(scripted([greet(), *taken(answer=answer)[:-1], *ending(answer), close()]).port)

    (name,) = (path.name for path in journals(config).iterdir())
    assert journal.read(journals(config), name) == {(message, 1): mark}


def test_what_the_server_took_for_some_alone_stays_open_until_it_is_written_down(
    hand: Hand, config: Config, scripted: StartScripted
) -> None:
    """QUEUE, failure 1: where the worker is killed before, they would have it once more."""
    message = hand.accept(BOB, EVE)
    to_both = [expect(f"RCPT TO:<{BOB}>", "250 Ok"), expect(f"RCPT TO:<{EVE}>", "450 4.2.0 Busy")]
    steps = [greet(), expect("MAIL FROM", "250 Ok"), *to_both, take_message(QUEUED), close()]

    hand.deliver(scripted(steps).port)

    (name,) = (path.name for path in journals(config).iterdir())
    assert journal.read(journals(config), name) == {(message, 1): Mark.ENDING}


def ending(answer: str) -> list[Step]:
    """The steps of a content that is answered so, or not at all."""
    return [GO_AHEAD, take_content(*[answer] * bool(answer))]


def test_what_is_long_with_the_server_stays_marked_while_others_come_and_go(
    another_hand: StartHand, scripted: StartScripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: the file has no room for all of them, and whoever is killed then leaves it open."""
    monkeypatch.setattr(journal, "RECORDS", 8)
    hand, other = another_hand(), another_hand()
    slow = hand.accept()
    found: list[MessageState] = []

    def meanwhile(_conversation: Conversation) -> None:
        with chaotic_server() as sink:
            quick = [hand.accept() for _ in range(20)]
            hand.deliver(sink.port)
            found.extend(hand.state(each) for each in quick)
        give_up(other)

    hand.probe(scripted([greet(), *ENVELOPE, GO_AHEAD, take_content(), meanwhile, close()]).port)

    assert hand.state(slow) is UNCERTAIN
    assert found == [SENT] * 20


def test_what_the_server_took_is_not_sent_again_though_that_can_not_be_marked(
    hand: Hand, scripted: StartScripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: the disk of the journal fails, and the database does not."""
    message = hand.accept()

    def fails(_file: int, _record: bytes, _place: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def meanwhile(conversation: Conversation) -> None:
        monkeypatch.setattr(os, "pwrite", fails)
        conversation.send(f"{QUEUED}\r\n".encode())

    with pytest.raises(OSError, match="Input/output error"):
        hand.probe(scripted([greet(), *ENVELOPE, GO_AHEAD, take_content(), meanwhile, BYE]).port)

    assert hand.state(message) is SENT


def test_what_a_dead_worker_has_not_written_down_is_known_by_its_marks(
    another_hand: StartHand,
) -> None:
    """SPEC M3: what the server took is not sent again, and what it did not is."""
    dead, lives = another_hand(), another_hand()
    messages = [dead.accept(BOB, EVE) for _ in range(4)]
    claims = [each.claim for each in dead.outbox.claim(4)]
    for claim in claims[1:]:
        dead.outbox.journal.mark(claim, Mark.ENDING)
    dead.outbox.journal.mark(claims[2], Mark.TAKEN)
    dead.outbox.journal.mark(claims[3], Mark.ANSWERED)

    give_up(lives)

    for message, state in zip(messages, [WAITING, UNCERTAIN, SENT, WAITING], strict=True):
        assert lives.states(message) == {BOB: state, EVE: state}
        assert lives.parts(message) == (state is not SENT)
    again = [messages[0], messages[3]]
    assert [each.id for each in lives.outbox.claim(4)] == again


def test_a_mark_of_an_earlier_claim_says_nothing_of_a_later_one(another_hand: StartHand) -> None:
    """QUEUE 3.4: a message that was put off, and claimed by the same worker again."""
    dead, lives = another_hand(), another_hand()
    message = dead.accept()
    (first,) = dead.outbox.claim(1)
    dead.outbox.journal.mark(first.claim, Mark.ENDING)
    dead.outbox.give_back([first])
    dead.settled()
    dead.outbox.claim(1)

    give_up(lives)

    assert [each.id for each in lives.outbox.claim(1)] == [message]


@pytest.mark.parametrize(
    ("answered", "later", "state"),
    [("550 5.1.1 Unknown", Mark.TAKEN, SENT), ("", None, WAITING)],
    ids=["refused, and now taken", "in doubt, and not begun again"],
)
def test_a_mark_of_a_message_says_nothing_of_it_once_it_is_sent_again(
    another_hand: StartHand,
    scripted: StartScripted,
    answered: str,
    later: Mark | None,
    state: MessageState,
) -> None:
    """SPEC M3: else what the server has taken goes twice, or what it never saw is in doubt."""
    dead, lives = another_hand(), another_hand()
    message = dead.accept()
    dead.deliver(scripted([greet(), *ENVELOPE, *ending(answered), close()]).port)
    with writing(db.session) as session:
        resend(session, message, Actor("ada"))
    (again,) = dead.outbox.claim(1)
    if later:
        dead.outbox.journal.mark(again.claim, later)

    give_up(lives)

    assert lives.state(message) is state


def stop(process: int, hand: Hand) -> None:
    """Stop a process, but not while it writes: everybody else would wait for it."""
    with hand.outbox.transaction():
        os.kill(process, signal.SIGSTOP)
        wait_until(lambda: is_stopped(process))


def test_a_worker_process_that_is_stopped_or_killed_with_the_dot_at_the_server(
    app: Flask, config: Config, hand: Hand
) -> None:
    """SPEC M3: stopped past its time it comes back fenced; once killed, its marks are read at once.

    The one who takes up what it had is not long in coming: no clock has to go on for that.
    """
    at_server, answer = threading.Semaphore(0), threading.Semaphore(0)

    def hold(_number: int) -> None:
        at_server.release()
        assert answer.acquire(timeout=60)

    with chaotic_server(at=hold) as server:
        worker = hasty_worker.start(config, server.port)
        assert worker.pid
        try:
            stopped = hand.accept(octets=b"Message-ID: <1>\r\n\r\n")
            assert at_server.acquire(timeout=60)
            stop(worker.pid, hand)
            give_up(hand)
            assert hand.state(stopped) is UNCERTAIN
            os.kill(worker.pid, signal.SIGCONT)
            answer.release()
            wait_until(lambda: len(hand.attempts(stopped)) == 2)
            wait_until(lambda: workers(hand) == 2)

            killed = hand.accept(octets=b"Message-ID: <2>\r\n\r\n")
            assert at_server.acquire(timeout=60)
            worker.kill()
            worker.join()
            hand.outbox.beat()
        finally:
            worker.kill()
            answer.release(2)

    assert [hand.state(each) for each in (stopped, killed)] == [UNCERTAIN, UNCERTAIN]
    assert set(server.taken.values()) == {1}


def test_a_disk_that_is_full_leaves_nothing_of_a_journal_behind(tmp_path: Path) -> None:
    """SPEC M3: no worker begins that can't mark what it sends, however often it is tried."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            Journal(tmp_path, "worker")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
