"""Whoever changes the outbox locks its rows in one order, so that no two wait for each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.check.steps import Step, StepState
from smtp_panel.outbox import handling, limits, volume
from smtp_panel.outbox.journal import Mark
from smtp_panel.outbox.learning import Learner, learn_from
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import Limit
from smtp_panel.outbox.model import MessageState, Queued
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.volume import SentMail
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.smtp.facts import Stage
from tests.conftest import POSTGRESQL
from tests.outbox.conftest import SILENT, Hand, StartHand, route_to
from tests.outbox.test_claims import sent
from tests.outbox.test_journal import give_up
from tests.outbox.test_learning import DAILY, refusal
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until

pytestmark = pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)

ADA = Actor("ada@test.example")
ROUTE = route_to(25)
ACCOUNT = ROUTE.account.key
DAY = LimitKind.PER_DAY
# Of these a transaction locks rows that are there, in this order.
ORDER = (
    "outbox_worker",
    "queue",
    "message",
    "outbox_tally",
    "outbox_volume",
    "outbox_pause",
    "outbox_limit",
)
# INSERT locks a row that is there where it changes it; SKIP LOCKED waits for nobody.
LOCKS = re.compile(
    r"(?s)(?!.*SKIP LOCKED)(?:UPDATE|DELETE FROM|INSERT INTO(?=.*DO UPDATE)|SELECT(?=.*FOR UPDATE)"
    r".*? ?FROM) (\w+)"
)

# How many wait for a row.
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def recorded(engine: Engine) -> Iterator[list[list[str]]]:
    """The tables of which each transaction that ends meanwhile has locked rows."""
    transactions: list[list[str]] = [[]]

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found = LOCKS.match(statement.strip())
        if found and found[1] in ORDER:
            transactions[-1].append(found[1])

    def end(_connection: object) -> None:
        transactions.append([])

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", end)
    try:
        yield transactions
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", end)


def by_admin(hand: Hand, work: Callable[[Session], object]) -> None:
    """What an admin does."""
    with Session(hand.engine) as session, session.begin():
        work(session)


def learner(hand: Hand) -> Learner:
    """One that knows what was learnt."""
    found = Learner(hand.outbox, Pace(hand.clock.monotonic))
    found.look_up(ROUTE)
    return found


def a_limit(hand: Hand) -> None:
    """A quota is known, of which something is used up."""
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(ACCOUNT, hand.clock.now(), 10)])
        limits.learn(connection, DAY, 10, account=ACCOUNT, now=hand.clock.now(), says=DAILY)


def lifts_a_limit(hand: Hand, _other: Hand) -> None:
    by_admin(hand, lambda session: handling.lift_limit(session, ROUTE.account, DAY, ADA))


def learns_a_quota(hand: Hand, _other: Hand) -> None:
    learner(hand).failed(ROUTE, hand.courier(25), [], refusal(DAILY))


def finds_that_a_quota_is_over(hand: Hand, _other: Hand) -> None:
    learner(hand).passed(ROUTE)


def passes_a_test(hand: Hand, _other: Hand) -> None:
    hand.outbox.service_failed(SILENT, 0, probing=False)
    done = Step(Stage.DATA, StepState.PASSED, 1.0, {"size_limit": 1000})
    run = Run(kind=RunKind.TEST, settings_version=1, steps=[done.to_json()])

    def learn(session: Session) -> None:
        learn_from(session.connection(), run, ROUTE.account, hand.clock.now(), version=1)

    by_admin(hand, learn)


def sets_the_clock(hand: Hand, _other: Hand) -> None:
    hand.accept()
    hand.clock.jump(days=-1)
    hand.outbox.beat()


def sends_within_a_quota(hand: Hand, _other: Hand) -> None:
    hand.outbox.quotas = Quotas(ACCOUNT, {DAY: Limit(100)})
    hand.accept()
    with chaotic_server() as sink:
        hand.deliver(sink.port)


def takes_up_what_a_dead_worker_had(hand: Hand, other: Hand) -> None:
    for _ in range(2):
        hand.accept()
    for each, mark in zip(other.outbox.claim(2), (Mark.BEGUN, Mark.TAKEN), strict=True):
        other.outbox.journal.mark(each.claim, mark)
    give_up(hand)


def cancels(hand: Hand, _other: Hand) -> None:
    message = hand.accept()
    by_admin(hand, lambda session: handling.cancel(session, message, ADA))


@pytest.mark.parametrize(
    "does",
    [
        lifts_a_limit,
        learns_a_quota,
        finds_that_a_quota_is_over,
        passes_a_test,
        sets_the_clock,
        sends_within_a_quota,
        takes_up_what_a_dead_worker_had,
        cancels,
    ],
)
def test_each_transaction_locks_rows_in_the_one_order(
    another_hand: StartHand, does: Callable[[Hand, Hand], None]
) -> None:
    """SPEC A8: else one of two that wait for each other is ended by the database."""
    hand, other = another_hand(), another_hand()
    a_limit(hand)
    with recorded(hand.engine) as transactions:
        does(hand, other)

    assert any(len(set(each)) > 1 for each in transactions), transactions
    for each in transactions:
        first_of_each = list(dict.fromkeys(each))
        assert first_of_each == sorted(first_of_each, key=ORDER.index)


def test_two_workers_that_take_each_other_for_dead_do_not_wait_for_each_other(
    another_hand: StartHand,
) -> None:
    """SPEC A8: as after an outage of the database; its own row nobody locks beside another's."""
    hand, other = another_hand(), another_hand()
    hand.outbox.beat()
    hand.clock.wait(seconds=41)
    with recorded(hand.engine) as transactions:
        hand.outbox.beat()

    assert max(each.count("outbox_worker") for each in transactions) == 1
    other.outbox.beat()


def test_what_is_given_up_while_its_worker_writes_it_down_ends_neither(
    another_hand: StartHand,
) -> None:
    """SPEC M3, A8: one waits for the other, by the order of the messages."""
    hand, other = another_hand(), another_hand()
    first, second = hand.accept(), hand.accept()
    [back, settled] = hand.outbox.claim(2)
    other.outbox.beat()
    other.clock.wait(seconds=41)
    errors: list[object] = []
    event.listen(hand.engine, "handle_error", errors.append)
    with ThreadPoolExecutor(2) as threads, hand.engine.connect() as watch:
        watch.execution_options(isolation_level="AUTOCOMMIT")
        with hand.engine.begin() as connection:
            connection.execute(select(Queued.id).where(Queued.id == first).with_for_update())
            gives_up = threads.submit(other.outbox.beat)
            wait_until(lambda: watch.scalar(WAITING) == 1)
            hand.outbox.settle(sent(hand, settled))
            hand.outbox.give_back([back])
            writes = threads.submit(hand.outbox.flush)
            wait_until(lambda: watch.scalar(WAITING) == 2)
        gives_up.result(60)
        writes.result(60)

    assert [hand.state(each) for each in (first, second)] == [MessageState.WAITING] * 2
    assert len(hand.attempts(second)) == 1
    assert errors == []
