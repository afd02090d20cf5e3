"""SPEC A1: of two who use a link at the same moment, one does.

On SQLite whoever writes waits for whoever writes already, so that nothing happens in between.
"""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from smtp_panel.access import links, users
from smtp_panel.access.errors import LinkRefused
from smtp_panel.access.links import Purpose
from smtp_panel.audit import Actor
from smtp_panel.storage import db, writing
from tests.access.application import ADA, PASSWORD, add_user, cheap_hash
from tests.conftest import POSTGRESQL

THEIRS = cheap_hash(PASSWORD)
ADDRESS = "192.0.2.1"


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("purpose", [Purpose.SET_PASSWORD, Purpose.RESET_PASSWORD])
def test_who_has_looked_at_a_link_before_another_used_it_can_not_use_it(
    app: Flask, purpose: Purpose
) -> None:
    """A1: both have found it unused, and a link sets one password."""
    add_user(app)
    with app.app_context():
        with writing(db.session) as session:
            user = users.find(session, ADA)
            token = links.create(session, purpose, Actor("test"), user=user)

        unused = [token]

        def be_faster(_connection: Connection, _cursor: object, sql: str, *_: object) -> None:
            if unused and sql.startswith("UPDATE one_time_link"):
                with Session(db.engine) as session, session.begin():
                    links.redeem(session, unused.pop(), THEIRS, address=ADDRESS)

        event.listen(db.engine, "before_cursor_execute", be_faster)
        with pytest.raises(LinkRefused, match="used already"), writing(db.session) as session:
            links.redeem(session, token, cheap_hash(PASSWORD), address=ADDRESS)
        found = users.find(db.session, ADA)
        assert found
        assert found.password_hash == THEIRS
