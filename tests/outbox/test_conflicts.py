"""What two do at the same time: the database ends one of them, or one finds it done (SPEC A8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.outbox import batches, handling
from smtp_panel.outbox.handling import Handling, NotPossible
from smtp_panel.outbox.model import MessageState
from smtp_panel.storage import storage_error
from smtp_panel.storage.errors import BUSY
from tests.conftest import POSTGRESQL
from tests.outbox.conftest import Hand, StartHand
from tests.outbox.test_claims import sent
from tests.outbox.test_journal import give_up
from tests.servers.chaotic import chaotic_server

ADA = Actor("ada@test.example")
CANCELLED, SENDING, SENT, WAITING = (
    MessageState.CANCELLED,
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.WAITING,
)
on_postgresql = pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
ended_by = pytest.mark.parametrize("why", ["serialization_failure", "deadlock_detected"])


@contextmanager
def ended(engine: Engine, statement: str, why: str, *, times: int = 1) -> Iterator[list[str]]:
    """PostgreSQL ends the transactions that come to this statement, so many `times`."""
    met: list[str] = []

    def end(_connection: object, cursor: Any, sql: str, *_: object) -> None:
        if sql.lstrip().startswith(statement) and len(met) < times:
            met.append(sql)
            try:
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{why}'; END $$")
            except engine.dialect.loaded_dbapi.Error as error:
                raise OperationalError(sql, {}, error) from error

    event.listen(engine, "before_cursor_execute", end)
    try:
        yield met
    finally:
        event.remove(engine, "before_cursor_execute", end)


@on_postgresql
@ended_by
def test_who_brings_a_message_is_told_that_the_database_is_busy(hand: Hand, why: str) -> None:
    """SPEC M3: it is not accepted then, and can be brought again."""
    with (
        ended(hand.engine, "INSERT INTO message ", why),
        pytest.raises(DBAPIError) as told,
    ):
        hand.accept()

    assert storage_error(told.value, hand.engine.url).cause == BUSY[0]
    message = hand.accept()
    assert [each.id for each in hand.outbox.claim(2)] == [message]


@on_postgresql
@ended_by
def test_a_claim_that_is_ended_leaves_the_message_to_the_next_one(hand: Hand, why: str) -> None:
    """SPEC M3: it has used up nothing."""
    message = hand.accept()
    with ended(hand.engine, "WITH pick", why), pytest.raises(DBAPIError):
        hand.outbox.claim(1)

    [claimed] = hand.outbox.claim(1)
    assert (claimed.id, claimed.claims) == (message, 1)


@on_postgresql
@ended_by
@pytest.mark.parametrize(
    "statement",
    ["SELECT queue.id, queue.token", "INSERT INTO delivery_attempt", "UPDATE message ", "DELETE"],
)
def test_what_became_of_a_message_is_written_down_as_soon_as_that_can_be(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, why: str, statement: str
) -> None:
    """SPEC M3: it is tried again until it is, and nothing is sent twice meanwhile."""
    monkeypatch.setattr(batches, "RETRY_SECONDS", 0.0)
    messages = [hand.accept() for _ in range(3)]
    with chaotic_server() as sink:
        with ended(hand.engine, statement, why, times=5) as met:
            for _ in range(2):
                hand.deliver(sink.port)
        hand.deliver(sink.port)

    assert len(met) == 5
    assert [hand.state(each) for each in messages] == [SENT] * 3
    assert [len(hand.attempts(each)) for each in messages] == [1] * 3
    assert sink.taken.total() == 3


def by_admin(hand: Hand, handle: Handling, message: str) -> MessageState:
    """What an admin does with a message."""
    with Session(hand.engine) as session, session.begin():
        return handle(session, message, ADA)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("handle", "state"), [(handling.cancel, SENDING), (handling.resend, WAITING)]
)
def test_what_was_claimed_with_others_is_being_sent_until_it_is_left(
    hand: Hand, handle: Handling, state: MessageState
) -> None:
    """SPEC M3, M6: whether its turn has come or not, for nobody else knows."""
    messages = [hand.accept() for _ in range(3)]
    claimed = hand.outbox.claim(3)
    for message in messages:
        with pytest.raises(NotPossible) as why:
            by_admin(hand, handle, message)
        assert why.value.state is state

    hand.outbox.give_back(claimed[1:])
    hand.settled()
    assert by_admin(hand, handling.cancel, messages[1]) is CANCELLED
    assert [each.id for each in hand.outbox.claim(3)] == messages[2:]


@on_postgresql
def test_what_is_cancelled_at_that_moment_is_not_claimed_with_the_others(hand: Hand) -> None:
    """SPEC M6: nor does anybody wait for it."""
    messages = [hand.accept() for _ in range(3)]
    with Session(hand.engine) as session, session.begin():
        handling.cancel(session, messages[1], ADA)
        claimed = hand.outbox.claim(3)

    assert [each.id for each in claimed] == [messages[0], messages[2]]
    assert hand.state(messages[1]) is CANCELLED


@pytest.mark.both_engines
def test_a_late_outcome_is_not_of_what_was_cancelled_and_sent_again_meanwhile(
    another_hand: StartHand,
) -> None:
    """SPEC M3: of a worker that was stopped for so long that others have the message."""
    stopped, other = another_hand(), another_hand()
    message = stopped.accept()
    [old] = stopped.outbox.claim(1)
    give_up(other)
    by_admin(other, handling.cancel, message)
    by_admin(other, handling.resend, message)

    stopped.outbox.settle(sent(stopped, old))
    stopped.settled()

    assert stopped.state(message) is WAITING
    assert [each.id for each in other.outbox.claim(1)] == [message]
