"""Whatever statement fails, no message is lost, sent twice or kept in hand (SPEC M3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from smtp_panel.outbox import batches
from smtp_panel.outbox.model import MessageState
from smtp_panel.storage import UNAVAILABLE
from tests.outbox.conftest import Hand
from tests.servers.chaotic import ChaoticServer, chaotic_server

pytestmark = pytest.mark.both_engines

LOST = OSError("the connection is lost")
FEWEST = 20  # statements and commits, from accepting messages to noting what became of them


class Failing:
    """Lets a statement or commit of `engine` fail, of all in their order.

    Where `done`, what fails is a commit that was done all the same: only the answer is lost.
    """

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
        self._next = 0
        self._at = 0
        self._done = done
        self._commit = engine.dialect.do_commit
        monkeypatch.setattr(engine.dialect, "do_commit", self._do_commit)
        event.listen(engine, "before_cursor_execute", self._before)

    @contextmanager
    def at(self, number: int) -> Iterator[None]:
        """The one of this number fails, counted from 1 and from the start of the block."""
        self._next, self._at = 1, number
        yield
        self._at = 0

    def has_failed(self, number: int) -> bool:
        """Whether there were so many."""
        return self._next > number

    def _fails(self) -> bool:
        self._next += 1
        return self._next - 1 == self._at

    def _before(self, *_about: object) -> None:
        if self._fails():
            raise OperationalError("SELECT", {}, LOST)

    def _do_commit(self, connection: Any) -> None:
        fails = self._fails()
        if self._done or not fails:
            self._commit(connection)
        if fails:
            raise OperationalError("COMMIT", {}, LOST)


@pytest.mark.parametrize("done", [False, True], ids=["", "though it is done"])
def test_whatever_statement_fails_each_accepted_message_is_sent_once(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, *, done: bool
) -> None:
    """SPEC M3: each of them in its turn, also where the database has done what it was asked."""
    monkeypatch.setattr(batches, "RETRY_SECONDS", 0.0)
    failing = Failing(hand.engine, monkeypatch, done=done)
    with chaotic_server() as sink:
        for number in count(1):
            with failing.at(number):
                accepted = dict(_accept(hand, number))
                _deliver(hand, sink)
                has_failed = failing.has_failed(number)
            _recover(hand, sink)

            for message, name in accepted.items():
                assert (number, hand.state(message)) == (number, MessageState.SENT)
                assert (number, sink.taken[name]) == (number, 1)
            assert (number, max(sink.taken.values())) == (number, 1)
            assert (number, hand.outbox.claim(1)) == (number, [])
            if not has_failed:
                break
    assert number > FEWEST


def _accept(hand: Hand, number: int) -> Iterator[tuple[str, str]]:
    """The messages that are accepted, each with its Message-ID."""
    for each in range(3):
        name = f"<{each}.{number}@test.example>"
        with suppress(*UNAVAILABLE):
            yield hand.accept(octets=f"Message-ID: {name}\r\n\r\nThe news.\r\n".encode()), name


def _deliver(hand: Hand, sink: ChaoticServer) -> None:
    for _ in range(2):
        with suppress(*UNAVAILABLE):
            hand.deliver(sink.port)


def _recover(hand: Hand, sink: ChaoticServer) -> None:
    """Do what a worker does once the database is well again."""
    hand.clock.wait(seconds=60)
    hand.outbox.beat()
    hand.outbox.take_back()
    hand.deliver(sink.port)
