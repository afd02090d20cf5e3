"""How mail stands: nodes and queue, in one look (SPEC W3, W7)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, delete, event, insert, update

from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.outbox.model import Attempt, Message, MessageState, Queued
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.service import record_health
from smtp_panel.status.standing import COUNTED, IDLE_AFTER, standing
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.telling.problem import problem_in
from tests.outbox.conftest import SILENT, letter
from tests.outbox.test_plans import asked_of, plan


@pytest.mark.both_engines
def test_real_mail_that_fails_is_a_problem_until_it_leaves_again(app: Flask) -> None:
    """SPEC W3, W4: since when, why, and how many messages wait."""
    with app.app_context():
        with writing(db.session) as session:
            enqueue(session.connection(), [letter(), letter()])
            pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)
        found = standing(db.session())
        assert (found.waiting, found.failure) == (2, SILENT)
        assert found.failing_since
        assert utcnow() - found.failing_since < timedelta(minutes=1)

        with writing(db.session) as session:
            pause.service_works(session.connection())
        assert standing(db.session()).failing_since is None


@pytest.mark.both_engines
def test_of_very_many_messages_it_is_told_that_there_are_more(app: Flask) -> None:
    """SPEC W7: as cheap with a million of them."""
    moment = utcnow()
    message = {
        "state": MessageState.WAITING,
        "created_at": moment,
        "send_at": moment,
        "sender": "a@b.example",
        "subject": "",
        "message_id": "",
        "size": 1,
        "recipients": 1,
    }
    queued = {"lane": 1, "due": moment, "sender": "a@b.example", "recipients": [], "size": 1}
    ids = [f"{number:032}" for number in range(COUNTED + 5)]
    with app.app_context(), writing(db.session) as session:
        connection = session.connection()
        connection.execute(insert(Message), [{"id": id_, **message} for id_ in ids])
        connection.execute(insert(Queued), [{"id": id_, **queued} for id_ in ids])
        assert standing(session).waiting == COUNTED + 1


def test_a_page_asks_once_how_mail_stands(app: Flask) -> None:
    """SPEC W7: at most one cheap look-up for admins."""
    asked: list[object] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
        standing(db.session())
    assert len([each for each in asked if str(each).startswith("SELECT")]) == 1


def ended(connection: Connection, state: MessageState, at: datetime) -> None:
    """A message that came to this end at this moment."""
    mail = letter()
    enqueue(connection, [mail])
    connection.execute(delete(Queued).where(Queued.id == mail.id))
    why = SILENT.to_json() if state is MessageState.FAILED else None
    this = update(Message).where(Message.id == mail.id)
    connection.execute(this.values(state=state, finished_at=at, diagnosis=why))


@pytest.mark.both_engines
def test_a_message_that_was_given_up_is_a_problem_until_mail_leaves_again(app: Flask) -> None:
    """SPEC W3, W4: until the next delivery or check that succeeds, and not after older ones."""
    now = utcnow()
    with app.app_context(), writing(db.session) as session:
        connection = session.connection()
        record_health(session, "web-1", Health.HEALTHY, 0)
        session.execute(update(NodeStatus).values(checked_at=now - timedelta(minutes=9)))
        ended(connection, MessageState.SENT, now - timedelta(minutes=8))
        assert standing(session).given_up_at is None
        given_up_at = now - timedelta(minutes=7)
        ended(connection, MessageState.FAILED, given_up_at)
        found = standing(session)
        assert (found.given_up_at, found.given_up) == (given_up_at, SILENT)

        ended(connection, MessageState.CANCELLED, now - timedelta(seconds=390))
        ended(connection, MessageState.UNCERTAIN, now - timedelta(seconds=380))
        assert standing(session).given_up_at == given_up_at, "neither says that mail leaves"
        ended(connection, MessageState.SENT, now - timedelta(minutes=6))
        assert standing(session).given_up_at is None
        ended(connection, MessageState.FAILED, now - timedelta(minutes=5))
        assert standing(session).given_up_at
        record_health(session, "web-1", Health.HEALTHY, 0)
        session.flush()
        assert standing(session).given_up_at is None


@pytest.mark.both_engines
def test_what_was_cancelled_is_not_looked_through_for_what_was_given_up(app: Flask) -> None:
    """SPEC W7: however many messages an admin has cancelled at once."""
    with app.app_context(), asked_of(db.engine) as asked:
        standing(db.session())
        [found] = [plan(db.session.connection(), *each) for each in asked.items()]
    assert found.count("ix_message_state_finished_at") == 2


@pytest.mark.both_engines
def test_what_is_due_and_taken_in_hand_by_nobody_is_a_problem(app: Flask) -> None:
    """SPEC W3: where no worker runs; not where the queue rests, or is at work elsewhere."""
    now = utcnow()
    long_ago = now - IDLE_AFTER - timedelta(minutes=1)
    with app.app_context(), writing(db.session) as session:
        connection = session.connection()
        mail, later = letter(), letter()
        enqueue(connection, [mail, later])
        connection.execute(update(Queued).values(due=now + timedelta(hours=1)))
        assert standing(session).idle_since is None
        due = update(Queued).where(Queued.id == mail.id).values(due=long_ago)
        connection.execute(due)
        assert standing(session).idle_since == long_ago

        pause.note_full(connection, now + timedelta(hours=1), now)
        assert standing(session).idle_since is None
        pause.forget_full(connection)
        pause.hold(connection, "ada@example.com", now)
        assert standing(session).idle_since is None
        pause.release(connection)
        pause.service_failed(connection, SILENT, now, 0.0, probing=False)
        assert standing(session).idle_since is None
        pause.service_works(connection)
        connection.execute(due.values(owner="a worker"))
        assert standing(session).idle_since is None
        connection.execute(due.values(owner=None))
        assert standing(session).idle_since
        tried = {"message": later.id, "node": "web-1", "ms": 1.0, "state": MessageState.WAITING}
        connection.execute(insert(Attempt).values(at=now - timedelta(minutes=1), **tried))
        assert standing(session).idle_since is None


def test_mail_that_waits_for_a_quota_is_one_problem_until_all_of_it_has_left(app: Flask) -> None:
    """SPEC W3, W4: it leaves a few at a time, as room is made, and the warning does not flap."""
    now = utcnow()
    with app.app_context(), writing(db.session) as session:
        connection = session.connection()
        enqueue(connection, [letter()])
        for minutes in (0, 10):
            at = now + timedelta(minutes=minutes)
            pause.note_full(connection, at + timedelta(minutes=10), at)
        found = standing(session, now + timedelta(minutes=20))
        assert (found.full_since, found.full_until) == (now, now + timedelta(minutes=20))
        with app.test_request_context():
            problem = problem_in(found)
        assert problem
        assert problem.since == now
        assert "by itself" in problem.cause

        assert standing(session, now + timedelta(minutes=22)).full_since is None
        connection.execute(delete(Queued))
        assert standing(session, now + timedelta(minutes=15)).full_since is None


@pytest.mark.both_engines
def test_what_was_given_up_by_a_clock_that_was_ahead_hides_nothing_and_warns_not_for_ever(
    app: Flask,
) -> None:
    """SPEC W3, W4."""
    with app.app_context(), writing(db.session) as session:
        ended(session.connection(), MessageState.FAILED, utcnow() + timedelta(days=365))
        assert standing(session).given_up_at is None
        ended(session.connection(), MessageState.FAILED, utcnow())
        assert standing(session).given_up_at
