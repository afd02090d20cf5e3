"""The outbox: its messages in a list, and what is done with one of them (SPEC M6, A5)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

from flask.typing import ResponseReturnValue
from pydantic import Field

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonAnswer, JsonObject, answer
from smtp_panel.api.lists import MOST, Listed, Part, part_of
from smtp_panel.api.mail_types import Line
from smtp_panel.api.messages import MessageFate, existing, fate_of
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.outbox import handling
from smtp_panel.outbox.handling import Handling
from smtp_panel.outbox.listing import ListedMessage, listed
from smtp_panel.outbox.model import MessageState
from smtp_panel.storage import db, writing

outbox = blueprint("outbox")


class WantedMessages(Part):
    """Which messages are wanted."""

    state: MessageState | None = Field(default=None, description="Only those in this state")
    q: Line = Field(
        default="", description="The mail address of a recipient, or a part of the subject"
    )


class MessageInList(JsonAnswer):
    """A message. `recipients` are the first 100 of `recipient_count`.

    `instead` is where staging had it go, by recipient; `due` when it is tried next, if it is, and
    `attempts` how often it was tried.
    """

    id: str
    state: MessageState
    created_at: datetime.datetime
    due: datetime.datetime | None
    sender: str = Field(serialization_alias="from")
    subject: str
    recipients: Sequence[str]
    recipient_count: int
    instead: Mapping[str, str]
    attempts: int


class Outbox(Listed):
    """Messages, the newest first."""

    messages: list[MessageInList]


class Decision(JsonObject):
    """What to do with messages that are uncertain: send them again, or count them as sent."""

    decision: Literal["resend", "count-as-sent"]


class Uncertain(JsonAnswer):
    """How many messages are uncertain still. Of more than 100 only 100 are told."""

    uncertain: int


@outbox.get("/outbox")
@Operation(scopes=(KeyScope.READ,), answers={200: Outbox}, query=WantedMessages)
def show(query: WantedMessages) -> ResponseReturnValue:
    """The messages, the newest first. Of them the newest 20,000 are searched for `q`."""
    found = listed(
        db.session.connection(),
        state=query.state,
        about=query.q.strip(),
        before=query.cursor or "",
        most=MOST + 1,
    )
    shown, following = part_of(found, lambda each: each.id)
    return answer(Outbox(messages=[_told(each) for each in shown], next=following))


@outbox.post("/messages/<id:message_id>/resend")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: MessageFate}, refuses=(409,))
def resend(message_id: str) -> ResponseReturnValue:
    """Send a message again to those who do not have it, or may not have it."""
    return _handled(message_id, handling.resend)


@outbox.post("/messages/<id:message_id>/cancel")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: MessageFate}, refuses=(409,))
def cancel(message_id: str) -> ResponseReturnValue:
    """Cancel a message that waits, for those who do not have it yet."""
    return _handled(message_id, handling.cancel)


@outbox.post("/messages/<id:message_id>/count-as-sent")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: MessageFate}, refuses=(409,))
def count_as_sent(message_id: str) -> ResponseReturnValue:
    """Count an uncertain message as sent to those who may have it."""
    return _handled(message_id, handling.count_as_sent)


@outbox.post("/outbox/uncertain")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: Uncertain}, body=Decision)
def decide(body: Decision) -> ResponseReturnValue:
    """Decide about the oldest 100 messages of which nobody knows whether they were taken."""
    with writing(db.session) as session:
        handle = handling.DECISIONS[body.decision]
        handling.each_uncertain(session, handle, asking().actor)
    return answer(Uncertain(uncertain=handling.uncertain(db.session.connection())))


def _handled(message_id: str, handle: Handling) -> ResponseReturnValue:
    with writing(db.session) as session:
        handle(session, message_id, asking().actor)
    return answer(fate_of(existing(message_id)))


def _told(message: ListedMessage) -> MessageInList:
    return MessageInList(**{name: getattr(message, name) for name in MessageInList.model_fields})
