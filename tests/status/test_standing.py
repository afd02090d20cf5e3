"""How mail stands: nodes and queue, in one look (SPEC W3, W7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert

from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.outbox.model import Message, MessageState, Queued
from smtp_panel.status.standing import COUNTED, standing
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import SILENT, letter


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
