"""Messages: handed over by programs, and what became of them (SPEC M2, 11)."""

from __future__ import annotations

import datetime
from email.utils import parseaddr
from typing import Annotated

from flask import current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_mail import Attachment
from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from smtp_panel.access.keys import KeyScope
from smtp_panel.api import mail_types as types
from smtp_panel.api.bodies import JsonAnswer, JsonObject, WrongFields, answer, digest, ruled
from smtp_panel.api.diagnoses import DiagnosisInWords, in_words
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.mail.front import MailState
from smtp_panel.mail.message import StandardMessage
from smtp_panel.outbox.history import History, NoSuchMessage, history
from smtp_panel.outbox.idempotency import LONGEST_KEY, IdempotencyKey, KeyReused
from smtp_panel.outbox.model import Attempt, MessageState
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.telling.attempt import says
from smtp_panel.words import N_

MOST_RECIPIENTS = 10_000  # of each kind
MOST_FILES = 500
MOST_HEADERS = 100
IDEMPOTENCY_KEY = "Idempotency-Key"

REQUEST_NAME = f"^[!-~]([ -~]{{0,{LONGEST_KEY - 2}}}[!-~])?$"

NO_RECIPIENT = N_("Name at least one recipient in to, cc or bcc.")
NO_SENDER = N_("Name who it is from: no From is saved in the settings.")
BAD_KEY = N_("This header holds 1 to 255 visible ASCII characters.")
REUSED_KEY = N_("This key was sent with another message before. Use another key for this one.")

messages = blueprint("messages")


def _idempotency_key(text: str) -> str:
    """`text`, where it can be the name of a request."""
    if not (text.isascii() and text.isprintable() and 0 < len(text.strip()) <= LONGEST_KEY):
        raise Refused(BAD_KEY)
    return text.strip()


class MessageHeaders(JsonObject):
    """What a program calls its request, so that the same one again sends no other message."""

    key: Annotated[
        str | None,
        AfterValidator(ruled(_idempotency_key)),
        WithJsonSchema({"type": "string", "pattern": REQUEST_NAME}),
    ] = Field(default=None, alias="Idempotency-Key")


class NewFile(JsonObject):
    """A file that goes with a message."""

    filename: types.Line
    content_type: types.MediaType = "application/octet-stream"
    content: types.Octets = Field(repr=False)


class NewMessage(JsonObject):
    """A message to be sent. Without `from` it is from the From of the settings."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"to": ["Ada <ada@example.com>"], "subject": "Report", "text": "Hello"}]
        }
    )
    sender: types.Mailbox | None = Field(None, alias="from")
    to: list[types.Mailbox] = Field([], max_length=MOST_RECIPIENTS)
    cc: list[types.Mailbox] = Field([], max_length=MOST_RECIPIENTS)
    bcc: list[types.Mailbox] = Field([], max_length=MOST_RECIPIENTS)
    reply_to: types.Mailbox | None = None
    subject: types.Line = ""
    text: types.Content | None = None
    html: types.Content | None = None
    headers: dict[types.HeaderName, types.HeaderValue] = Field({}, max_length=MOST_HEADERS)
    attachments: list[NewFile] = Field([], max_length=MOST_FILES)
    send_at: types.Instant | None = None


class RecipientFate(JsonAnswer):
    """What became of a message for one recipient; `server_says` is of a refusal.

    `instead` is where staging had it go in their place: an address, or "sandbox".
    """

    address: str
    state: MessageState
    server_says: str = ""
    instead: str = ""


class DeliveryAttempt(JsonAnswer):
    """One attempt to hand a message over, from a node; `diagnosis` says why it failed.

    `server_says` has the server's words, or, where it said nothing that is to blame, ours.
    """

    at: datetime.datetime
    ok: bool
    diagnosis: DiagnosisInWords | None
    node: str
    server_says: str


class AcceptedMessage(JsonAnswer):
    """A message that is on disk."""

    id: str
    state: MessageState
    recipients: list[RecipientFate]


class MessageFate(AcceptedMessage):
    """A message, and what became of it so far, the newest attempt first."""

    attempts: list[DeliveryAttempt]


@messages.post("/messages")
@Operation(
    scopes=(KeyScope.SEND,),
    answers={202: AcceptedMessage},
    body=NewMessage,
    headers=MessageHeaders,
    large=True,
    leads_to="api_messages.show",
)
def create(body: NewMessage, headers: MessageHeaders) -> ResponseReturnValue:
    """Accept a message: it is on disk when this answers. The same request again sends no other."""
    principal = asking()
    key_id = principal.actor.key_id
    once = IdempotencyKey(str(principal.id), headers.key, digest()) if headers.key else None
    message = _message(body)
    front: MailState = current_app.extensions["mail"]
    try:
        with front.connect(send_at=body.send_at, key_id=key_id, once=once) as connection:
            message.send(connection)
    except KeyReused:
        raise WrongFields({IDEMPOTENCY_KEY: gettext(REUSED_KEY)}) from None
    addresses = sorted({parseaddr(each)[1] for each in [*body.to, *body.cc, *body.bcc]})
    waiting = MessageState.WAITING
    people = [RecipientFate(address=each, state=waiting) for each in addresses]
    return answer(AcceptedMessage(id=connection.taken, state=waiting, recipients=people), 202)


@messages.get("/messages/<id:message_id>")
@Operation(scopes=(KeyScope.SEND, KeyScope.READ), answers={200: MessageFate})
def show(message_id: str) -> ResponseReturnValue:
    """What became of a message; a key that may only send sees those that came by it."""
    principal, found = asking(), existing(message_id)
    if not (principal.may(KeyScope.READ) or found.message.key_id == principal.id):
        raise NoSuchMessage
    return answer(fate_of(found))


def existing(message_id: str) -> History:
    """The message with this id; raises NoSuchMessage."""
    return history(db.session(), message_id, most=3 * MOST_RECIPIENTS)


def _message(new: NewMessage) -> StandardMessage:
    """The message of Flask-Mail; raises WrongFields where somebody is missing."""
    message = StandardMessage(
        new.subject,
        [*new.to],
        new.text,
        html=new.html,
        sender=new.sender,
        cc=[*new.cc],
        bcc=[*new.bcc],
        reply_to=new.reply_to,
        extra_headers=new.headers,
        attachments=[
            Attachment(each.filename, each.content_type, each.content) for each in new.attachments
        ],
    )
    if not message.send_to:
        raise WrongFields({"to": gettext(NO_RECIPIENT)})
    if not message.sender:
        raise WrongFields({"from": gettext(NO_SENDER)})
    return message


def fate_of(found: History) -> MessageFate:
    """What became of a message, for programs."""
    people = [
        RecipientFate(
            address=each.address,
            state=each.state or found.state,
            server_says=str(each.says),
            instead=each.instead,
        )
        for each in found.recipients
    ]
    attempts = [_attempt(each) for each in found.attempts]
    return MessageFate(id=found.message.id, state=found.state, recipients=people, attempts=attempts)


def _attempt(attempt: Attempt) -> DeliveryAttempt:
    diagnosis = Diagnosis.stored(attempt.diagnosis)
    return DeliveryAttempt(
        at=attempt.at,
        ok=attempt.state is MessageState.SENT,
        diagnosis=in_words(diagnosis),
        node=attempt.node,
        server_says=says(attempt),
    )
