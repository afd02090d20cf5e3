"""What ended long ago is forgotten, a few messages at a time (SPEC M6)."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import Engine, func, select, update

from smtp_panel.audit import Actor
from smtp_panel.outbox.handling import count_as_sent
from smtp_panel.outbox.model import Attempt, Body, Message, MessageState, Recipient
from smtp_panel.outbox.pruning import OCTETS, RECIPIENTS, prune
from smtp_panel.storage import Base, db, utcnow, writing
from tests.outbox.conftest import BOB, EVE, Hand
from tests.outbox.test_delivery import BYE, taken
from tests.outbox.test_plans import asked_of, plan
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import greet

pytestmark = pytest.mark.both_engines

MONTH = datetime.timedelta(days=30)


def pruned(hand: Hand) -> int:
    """How many messages one turn forgets that ended a month ago."""
    with hand.engine.begin() as connection:
        return prune(connection, utcnow() - MONTH)


def count(engine: Engine, model: type[Base]) -> int:
    """How many rows there are."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(model)) or 0


def end_long_ago(hand: Hand, **changes: object) -> None:
    """Let all messages have failed 31 days ago."""
    then = utcnow() - datetime.timedelta(days=31)
    with hand.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM queue")
        ended = {"state": MessageState.FAILED, "finished_at": then, **changes}
        connection.execute(update(Message).values(ended))


def test_a_message_goes_with_its_recipients_attempts_and_octets(
    hand: Hand, scripted: StartScripted
) -> None:
    """SPEC M6: what failed has kept its octets until then."""
    server = scripted([greet(), *taken(BOB, EVE, answer="554 5.7.1 Rejected as spam"), BYE])
    hand.accept(BOB, EVE)
    hand.deliver(server.port)
    assert [count(hand.engine, each) for each in (Recipient, Attempt, Body)] == [2, 1, 1]
    assert pruned(hand) == 0, "it has just failed"
    end_long_ago(hand)

    assert pruned(hand) == 1

    for model in (Message, Recipient, Attempt, Body):
        assert count(hand.engine, model) == 0


def test_what_still_waits_is_never_forgotten(hand: Hand) -> None:
    """SPEC M3: accepted is never lost, however old it is."""
    message = hand.accept()
    with hand.engine.begin() as connection:
        old = utcnow() - 2 * MONTH
        connection.execute(update(Message).values(created_at=old, send_at=old))

    assert pruned(hand) == 0
    assert hand.state(message) is MessageState.WAITING


def test_what_nobody_has_decided_about_is_never_forgotten(hand: Hand) -> None:
    """SPEC M3: an uncertain message waits for an admin, and is not dropped by itself."""
    message = hand.accept()
    end_long_ago(hand, state=MessageState.UNCERTAIN)
    assert pruned(hand) == 0
    assert hand.state(message) is MessageState.UNCERTAIN


def test_what_nobody_has_decided_about_is_not_looked_through_at_each_turn(hand: Hand) -> None:
    """SPEC M6: it may be much, and older than all that is forgotten."""
    with asked_of(hand.engine) as asked:
        pruned(hand)

    with hand.engine.begin() as connection:
        plans = [plan(connection, *each) for each in asked.items()]
    assert [each for each in plans if "ix_message_state_finished_at" not in each] == []


def test_what_an_admin_counts_as_sent_is_kept_as_long_from_then_on(hand: Hand) -> None:
    """SPEC M6, M3: however long ago it was that the server may have taken it."""
    message = hand.accept()
    end_long_ago(hand, state=MessageState.UNCERTAIN)
    with writing(db.session) as session:
        count_as_sent(session, message, Actor("test"))

    assert pruned(hand) == 0
    assert hand.state(message) is MessageState.SENT


def test_large_messages_go_one_by_one(hand: Hand) -> None:
    """SPEC M5: nobody waits long for the database, whatever is forgotten meanwhile."""
    for _ in range(3):
        hand.accept()
    end_long_ago(hand, size=OCTETS)
    assert pruned(hand) == 1
    end_long_ago(hand, recipients=RECIPIENTS)
    assert pruned(hand) == 1
    end_long_ago(hand, state=MessageState.SENT, size=OCTETS)
    hand.accept()
    end_long_ago(hand, state=MessageState.SENT, size=OCTETS, recipients=1)
    assert pruned(hand) == 2, "what was sent has no octets any more"
