"""Whatever statement fails, no message is lost, sent twice or kept in hand (SPEC M3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from smtp_panel.outbox import batches, volume
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.staging import Staging
from smtp_panel.storage import UNAVAILABLE, utcnow
from tests.outbox.conftest import ADA, SILENT, Hand, StartHand, route_to
from tests.outbox.test_journal import give_up
from tests.servers.chaotic import ChaoticServer, chaotic_server

pytestmark = pytest.mark.both_engines

LOST = OSError("the connection is lost")
TESTERS = "testers@test.example"
# Statements and commits, or commits alone, from accepting messages to noting what became of them.
FEWEST = {False: 20, True: 6}


class Failing:
    """Lets a statement or commit of `engine` fail, of all in their order.

    Where `done`, commits alone fail, which were done all the same: only the answer is lost.
    """

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
        self._next = 0
        self._at = range(0)
        self._done = done
        self._commit = engine.dialect.do_commit
        monkeypatch.setattr(engine.dialect, "do_commit", self._do_commit)
        event.listen(engine, "before_cursor_execute", self._before)

    @contextmanager
    def at(self, number: int, *, times: int = 1) -> Iterator[None]:
        """The one of this number fails, counted from 1 and from the start of the block.

        So do those after it, so many `times` in all.
        """
        self._next, self._at = 1, range(number, number + times)
        yield
        self._at = range(0)

    def has_failed(self, number: int) -> bool:
        """Whether there were so many."""
        return self._next > number

    def _fails(self) -> bool:
        self._next += 1
        return self._next - 1 in self._at

    def _before(self, *_about: object) -> None:
        if not self._done and self._fails():
            raise OperationalError("SELECT", {}, LOST)

    def _do_commit(self, connection: Any) -> None:
        fails = self._fails()
        if self._done or not fails:
            self._commit(connection)
        if fails:
            raise OperationalError("COMMIT", {}, LOST)


Way = Callable[[Hand, ChaoticServer], None]


def plainly(hand: Hand, sink: ChaoticServer) -> None:
    """Twice, since the first time may fail."""
    for _ in range(2):
        with suppress(*UNAVAILABLE):
            hand.deliver(sink.port)


def within_a_quota(hand: Hand, sink: ChaoticServer) -> None:
    """The server is known to take no more than so many in a day, of which two are left."""
    account = route_to(sink.port).account.key
    hand.outbox.quotas = Quotas(account, {LimitKind.PER_DAY: Limit(sink.recipients.total() + 4)})
    plainly(hand, sink)
    hand.outbox.quotas = Quotas()


def partly_refused(hand: Hand, sink: ChaoticServer) -> None:
    """The server takes a message for one recipient at a time."""
    sink.crowd = 1
    plainly(hand, sink)


def shut_at(number: int) -> Way:
    """The server shuts at the message of this number, for a while."""

    def way(hand: Hand, sink: ChaoticServer) -> None:
        sink.shuts_at = f"{number}."
        plainly(hand, sink)
        sink.shuts_at = ""

    return way


def staged(hand: Hand, sink: ChaoticServer) -> None:
    """Everything goes to one address."""
    hand.staging = Staging(TESTERS, frozenset(), ADA, utcnow())
    plainly(hand, sink)


def by_a_probe(hand: Hand, sink: ChaoticServer) -> None:
    """The service has failed, and is tried by one message."""
    with suppress(*UNAVAILABLE):
        hand.outbox.service_failed(SILENT, 0, probing=False)
    hand.clock.wait(seconds=60)
    with suppress(*UNAVAILABLE):
        probe(hand, sink)
    plainly(hand, sink)


def probe(hand: Hand, sink: ChaoticServer) -> None:
    """Try the service by one message, where that is due."""
    if hand.outbox.claim_probe(0) and hand.probe(sink.port):
        hand.outbox.service_works(0)


WAYS = {
    "plainly": plainly,
    "within a quota": within_a_quota,
    "partly refused": partly_refused,
    "doubted at the first": shut_at(0),
    "doubted at the second": shut_at(1),
    "staged": staged,
    "by a probe": by_a_probe,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("done", [False, True], ids=["", "though it is done"])
def test_whatever_statement_fails_each_recipient_of_an_accepted_message_has_it_once(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, way: Way, *, done: bool
) -> None:
    """SPEC M3: each of them in its turn, also where the database has done what it was asked."""
    monkeypatch.setattr(batches, "RETRY_SECONDS", 0.0)
    failing = Failing(hand.engine, monkeypatch, done=done)
    with chaotic_server() as sink:
        for number in count(1):
            with failing.at(number):
                accepted = dict(_accept(hand, number))
                way(hand, sink)
                has_failed = failing.has_failed(number)
            _recover(hand, sink)

            for message, name in accepted.items():
                assert (number, hand.state(message)) == (number, MessageState.SENT)
                assert {to: sink.handed[name, to] for to in envelope(hand, name)} == dict.fromkeys(
                    envelope(hand, name), 1
                ), number
            assert (number, max(sink.handed.values())) == (number, 1)
            assert (number, hand.outbox.claim(1)) == (number, [])
            if not has_failed:
                break
    assert number > FEWEST[done]


def test_what_was_written_down_is_told_and_counted_once_though_the_answer_was_lost(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M5, M6: a database that fails over between a commit and its answer."""
    monkeypatch.setattr(batches, "RETRY_SECONDS", 0.0)
    failing = Failing(hand.engine, monkeypatch, done=True)
    account = route_to(1).account.key
    with chaotic_server() as sink:
        for number in count(1):
            with failing.at(number):
                accepted = dict(_accept(hand, number))
                plainly(hand, sink)
                has_failed = failing.has_failed(number)
            _recover(hand, sink)

            for message in accepted:
                assert (number, len(hand.attempts(message))) == (number, 1)
            with hand.engine.connect() as connection:
                counted = volume.volumes(connection, account, hand.clock.now())
            assert (number, counted[LimitKind.PER_DAY].messages) == (number, sink.taken.total())
            if not has_failed:
                break


def people(name: str) -> list[str]:
    """The recipients of the message of this name."""
    return [f"{name}.{each}@test.example" for each in ("bob", "eve")]


def envelope(hand: Hand, name: str) -> tuple[str, ...]:
    """Those whom the server has it for."""
    return hand.staging.envelope(people(name)) if hand.staging else tuple(people(name))


def _accept(hand: Hand, number: int) -> Iterator[tuple[str, str]]:
    """The messages that are accepted, each with its Message-ID."""
    for each in range(3):
        name = f"{each}.{number}"
        with suppress(*UNAVAILABLE):
            octets = f"Message-ID: {name}\r\n\r\nThe news.\r\n".encode()
            yield hand.accept(*people(name), octets=octets), name


def _recover(hand: Hand, sink: ChaoticServer) -> None:
    """Do what a worker does once the database is well again."""
    hand.clock.wait(seconds=60)
    hand.outbox.beat()
    hand.outbox.take_back()
    probe(hand, sink)
    for _ in people(""):
        hand.deliver(sink.port)
    hand.outbox.service_works(0)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_whatever_fails_as_a_worker_ends_nobody_sends_again_what_it_has_sent(
    another_hand: StartHand, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """SPEC M3: also where the database is well again just as the worker leaves the rest."""
    hand, other = another_hand(), another_hand()
    failing = Failing(hand.engine, monkeypatch, done=False)
    with chaotic_server() as sink:
        for number in count(1):
            name = f"{number}@test.example"
            message = other.accept(octets=f"Message-ID: {name}\r\n\r\nThe news.\r\n".encode())
            with failing.at(number, times=times), suppress(*UNAVAILABLE):
                hand.deliver(sink.port)
                hand.outbox.close()
            has_failed = failing.has_failed(number)
            give_up(other)
            other.deliver(sink.port)

            assert (number, other.state(message)) == (number, MessageState.SENT)
            assert (number, sink.taken[name]) == (number, 1)
            if not has_failed:
                break
            hand = another_hand()
