"""Mail in the outbox of an installation, for its pages to show."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from smtp_panel.outbox import tally
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.outbox.model import Attempt, Message, MessageState, Queued
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import utcnow, writing
from tests.browser.installation import Installation
from tests.outbox.conftest import BOB, EVE, SILENT, letter
from tests.storage.databases import opened


def database(panel: Installation) -> Engine:
    """The database of `panel`, as it opens it."""
    return opened(f"sqlite:///{panel.folder}/data/panel.db")


def accept(panel: Installation, *recipients: str, **about: object) -> str:
    """Accept a message, as an application does; its id."""
    mail = letter(*recipients, **about)
    with database(panel).begin() as connection:
        enqueue(connection, [mail])
    return mail.id


def ended(panel: Installation, state: MessageState) -> str:
    """A message that came to this end at its second attempt; its id."""
    later = utcnow() + timedelta(hours=1)  # so that nobody sends it meanwhile
    message = accept(panel, BOB, EVE, subject=f"Your weekly report, {state}", send_at=later)
    with writing(Session(database(panel))) as session:
        session.delete(session.get_one(Queued, message))
        end = {"state": state, "finished_at": utcnow()}
        session.execute(update(Message).where(Message.id == message).values(end))
        for became in (MessageState.WAITING, state):
            session.add(
                Attempt(
                    message=message,
                    at=utcnow(),
                    node="test",
                    ms=1.0,
                    state=became,
                    stage=Stage.DATA,
                    diagnosis=SILENT.to_json(),
                    says="450 4.2.0 Greylisted",
                )
            )
        tally.count(session.connection(), [(utcnow(), state, "")] * 30)
    return message
