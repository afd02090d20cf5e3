"""Statements that go to the driver as they are: what fails is told as SQLAlchemy tells it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from smtp_panel import storage
from smtp_panel.config import Config
from smtp_panel.outbox.enqueue import MailObject, enqueue
from smtp_panel.outbox.model import Message
from smtp_panel.storage import db, storage_error
from tests.conftest import POSTGRESQL
from tests.web.test_broken_storage import END_OTHERS


@pytest.fixture
def engine(prepared: Config) -> Iterator[Engine]:
    """The database of an application."""
    app = Flask("bare")
    storage.init_app(app, prepared)
    with app.app_context():
        yield db.engine


def mail() -> MailObject:
    """A message that must not be shown to whoever reads of an error."""
    return MailObject(sender="a@test.example", recipients=["b@test.example"], octets=b"Secret\r\n")


@pytest.mark.both_engines
@pytest.mark.parametrize("listened_to", [False, True])
def test_what_the_database_refuses_is_raised_without_the_values_and_nothing_is_stored(
    engine: Engine, *, listened_to: bool
) -> None:
    """SPEC M3: whether or not anybody listens to the statements."""
    if listened_to:
        event.listen(engine, "before_cursor_execute", lambda *_: None)
    twice = mail()
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        enqueue(connection, [twice, twice])
    assert "INSERT INTO message" in str(refused.value)
    assert "b@test.example" not in str(refused.value)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == 0


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_connection_that_breaks_while_mail_is_accepted_is_told_and_followed_by_another(
    prepared: Config, engine: Engine
) -> None:
    """A8: as a database that is away, which is back at once."""

    def accept_while_it_breaks() -> None:
        with engine.begin() as connection:
            connection.execute(select(Message.id))
            with psycopg.connect(prepared.database_url.reveal(), autocommit=True) as other:
                other.execute(END_OTHERS)
            enqueue(connection, [mail()])

    with pytest.raises(DBAPIError) as broken:
        accept_while_it_breaks()
    assert "b@test.example" not in str(broken.value)
    assert storage_error(broken.value, engine.url)
    with engine.begin() as connection:
        enqueue(connection, [mail()])
