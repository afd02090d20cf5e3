"""How the database finds what a worker asks for, however many messages there are (SPEC M6)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from smtp_panel.audit import Actor
from smtp_panel.outbox import handling, pause
from smtp_panel.outbox.history import history
from smtp_panel.outbox.journal import Mark
from smtp_panel.outbox.listing import listed, waiting, waits_since
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.pruning import prune
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import BOB, Hand, StartHand, letter
from tests.outbox.test_delivery import BYE, taken
from tests.outbox.test_journal import give_up
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import greet

# Those that grow with the mail; of all others there are few rows.
LARGE = {"message", "queue", "message_recipient", "message_body", "delivery_attempt"}
WAITING = MessageState.WAITING
VERBS = {"SELECT", "WITH", "UPDATE", "DELETE"}


@contextmanager
def asked_of(engine: Engine) -> Iterator[dict[str, Any]]:
    """Collects what the database is asked, each statement with the values of one row."""
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in VERBS:
            asked[statement] = values[0] if many else values

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def plan(connection: Connection, statement: str, values: Any) -> str:
    """How the database would find what it is asked, a step a line."""
    explain = "EXPLAIN"
    if connection.dialect.name == "sqlite":
        explain = "EXPLAIN QUERY PLAN"
    else:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # for there are few rows yet
    rows = connection.exec_driver_sql(f"{explain} {statement}", values)
    return "\n".join(str(row[-1]) for row in rows)


def scanned(connection: Connection, statement: str, values: Any) -> set[str]:
    """The large tables of which the database would look at every row."""
    words = [step.split() for step in plan(connection, statement, values).splitlines()]
    steps = [each for each in words if "SCAN" in each or ("Seq" in each and "Scan" in each)]
    return LARGE.intersection(word for each in steps for word in each)


def scanning(engine: Engine, asked: Mapping[str, Any]) -> dict[str, set[str]]:
    """Those of the statements for which the database would look at every row, of which tables."""
    with engine.begin() as connection:
        found = {one: scanned(connection, one, values) for one, values in asked.items()}
    return {one: tables for one, tables in found.items() if tables}


@pytest.mark.both_engines
def test_no_statement_goes_through_all_messages(
    another_hand: StartHand, scripted: StartScripted
) -> None:
    """QUEUE 3.11: accept, claim, send, put off, give up, take up from the dead, handle, forget.

    Nor where the time of day was set, which a worker takes for granted at its start.
    """
    hand, other = another_hand(), another_hand()
    by = Actor("test")
    answers = ["451 4.7.1 Greylisting in action, please come back later", "554 5.7.1 Spam"]
    steps = [step for answer in answers for step in taken(answer=answer)]
    server = scripted([greet(), *taken(), *steps, BYE])
    with asked_of(hand.engine) as asked:
        for _ in range(3):
            hand.accept()
        hand.deliver(server.port)
        uncertain, waits = hand.accept(), hand.accept()
        first, second = hand.outbox.claim(2)
        hand.outbox.journal.mark(first.claim, Mark.ENDING)
        hand.outbox.give_back([second])
        hand.settled()
        give_up(other)
        assert other.outbox.has_due()
        other.clock.jump(hours=-1)
        other.outbox.beat()
        with writing(db.session) as session:
            handling.resend(session, uncertain, by)
            handling.cancel(session, waits, by)
            history(session, uncertain)
            pause.hasten(session.connection(), hand.clock.now())
            prune(session.connection(), hand.clock.now() + datetime.timedelta(days=1))

    assert len(asked) > 30
    assert scanning(hand.engine, asked) == {}


@pytest.mark.both_engines
@pytest.mark.parametrize("state", [each for each in MessageState if each is not WAITING])
def test_a_list_of_one_state_goes_through_no_others(hand: Hand, state: MessageState) -> None:
    """M6: of those that are being sent there are few among very many that wait."""
    with asked_of(hand.engine) as asked, hand.engine.connect() as connection:
        message = hand.accept()
        for about, before, after in product(("", BOB), ("", message), ("", message)):
            listed(connection, state=state, about=about, before=before, after=after)

    assert scanning(hand.engine, asked) == {}


@pytest.mark.both_engines
@pytest.mark.parametrize("about", [BOB, "news"])
def test_a_search_in_one_state_goes_through_what_it_finds_and_not_through_that_state(
    hand: Hand, about: str
) -> None:
    """M6: nearly all messages were sent, and few of them to one address."""
    with asked_of(hand.engine) as asked, hand.engine.connect() as connection:
        message = hand.accept()
        for before in ("", message):
            listed(connection, state=MessageState.SENT, about=about, before=before)

    with hand.engine.begin() as connection:
        plans = [plan(connection, *each) for each in asked.items() if "FROM message" in each[0]]
    assert plans
    assert not [each for each in plans if "ix_message_ended" in each or "ix_message_state" in each]


@pytest.mark.both_engines
def test_how_many_wait_and_for_how_long_is_told_with_a_look_at_some_of_them(hand: Hand) -> None:
    """SPEC A7, M6: there may be a million that are to be sent later."""
    later = hand.clock.now() + datetime.timedelta(days=1)
    due = letter()
    for mail in (letter(send_at=later), due, letter(send_at=later)):
        hand.outbox.accept(mail)
    with asked_of(hand.engine) as asked, hand.engine.connect() as connection:
        assert waits_since(connection, utcnow()) == due.accepted_at
        [claimed] = hand.outbox.claim(1)
        assert waits_since(connection, utcnow()) == due.accepted_at, "it is in hand"
        hand.outbox.give_back([claimed])
        assert waiting(connection, most=2) == 2

    asked = {one: values for one, values in asked.items() if "min(" in one}
    assert len(asked) == 1
    assert scanning(hand.engine, asked) == {}
