"""Messages: handed over by programs, and what became of them (SPEC M2, 11)."""

from __future__ import annotations

import datetime
import hashlib
from email.utils import parseaddr
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_mail import Attachment
from pydantic import Field
from werkzeug.exceptions import NotFound

from smtp_panel.access.keys import KeyScope
from smtp_panel.api import mail_types as types
from smtp_panel.api.bodies import JsonObject, WrongFields, answer, body, read
from smtp_panel.api.v1 import asking, blueprint, open_to
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.mail.front import MailState
from smtp_panel.mail.message import StandardMessage
from smtp_panel.outbox.history import History, NoSuchMessage, history
from smtp_panel.outbox.idempotency import LONGEST_KEY, IdempotencyKey, KeyReused
from smtp_panel.outbox.model import ID, Attempt, MessageState
from smtp_panel.panel import current_panel
from smtp_panel.storage import db
from smtp_panel.telling.diagnoses import diagnosis_json
from smtp_panel.telling.language import language
from smtp_panel.words import N_

MOST_RECIPIENTS = 10_000  # of each kind
MOST_FILES = 500
MOST_HEADERS = 100
IDEMPOTENCY_KEY = "Idempotency-Key"

NO_RECIPIENT = N_("Name at least one recipient in to, cc or bcc.")
NO_SENDER = N_("Name who it is from: no From is saved in the settings.")
BAD_KEY = N_("This header holds 1 to 255 visible ASCII characters.")
REUSED_KEY = N_("This key was sent with another message before. Use another key for this one.")

messages = blueprint("messages")


class NewFile(JsonObject):
    """A file that goes with a message."""

    filename: types.Line
    content_type: types.MediaType = "application/octet-stream"
    content: types.Octets = Field(repr=False)


class NewMessage(JsonObject):
    """A message to be sent. Without `from` it is from the From of the settings."""

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


class RecipientFate(JsonObject):
    """What became of a message for one recipient; `server_says` is of a refusal.

    `instead` is where staging had it go in their place: an address, or "sandbox".
    """

    address: str
    state: MessageState
    server_says: str = ""
    instead: str = ""


class DeliveryAttempt(JsonObject):
    """One attempt to hand a message over, from a node; `diagnosis` says why it failed."""

    at: datetime.datetime
    ok: bool
    diagnosis: dict[str, Any] | None
    node: str


class AcceptedMessage(JsonObject):
    """A message that is on disk."""

    id: str
    state: MessageState
    recipients: list[RecipientFate]


class MessageFate(AcceptedMessage):
    """A message, and what became of it so far, the newest attempt first."""

    attempts: list[DeliveryAttempt]


@messages.post("/messages")
@open_to(KeyScope.SEND)
def create() -> ResponseReturnValue:
    """Accept a message: it is on disk when this answers. The same request again sends no other."""
    principal = asking()
    new, once = _asked(str(principal.id))
    message = _message(new)
    front: MailState = current_app.extensions["mail"]
    try:
        with front.connect(send_at=new.send_at, key_id=str(principal.id), once=once) as connection:
            message.send(connection)
    except KeyReused:
        raise WrongFields({IDEMPOTENCY_KEY: gettext(REUSED_KEY)}) from None
    addresses = sorted({parseaddr(each)[1] for each in [*new.to, *new.cc, *new.bcc]})
    waiting = MessageState.WAITING
    people = [RecipientFate(address=each, state=waiting) for each in addresses]
    return answer(AcceptedMessage(id=connection.taken, state=waiting, recipients=people), 202)


@messages.get("/messages/<message_id>")
@open_to(KeyScope.SEND)
def show(message_id: str) -> ResponseReturnValue:
    """What became of a message; a key that may only send sees those that came by it."""
    principal = asking()
    if not message_id.isalnum() or len(message_id) > ID:
        raise NotFound
    try:
        found = history(db.session(), message_id, most=3 * MOST_RECIPIENTS)
    except NoSuchMessage:
        raise NotFound from None
    if not (principal.may(KeyScope.READ) or found.message.key_id == principal.id):
        raise NotFound
    return answer(_told(found), 200)


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


def _asked(client_id: str) -> tuple[NewMessage, IdempotencyKey | None]:
    """What is asked for; its octets, which may be many, are not kept."""
    octets = body(current_panel().config.api_max_bytes)
    return read(NewMessage, octets), _idempotency_key(client_id, octets)


def _idempotency_key(client_id: str, octets: bytes) -> IdempotencyKey | None:
    """What a program calls this request, so that a second one is known; None without."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 0 < len(key.strip()) <= LONGEST_KEY):
        raise WrongFields({IDEMPOTENCY_KEY: gettext(BAD_KEY)})
    return IdempotencyKey(client_id, key.strip(), hashlib.sha256(octets).hexdigest())


def _told(found: History) -> MessageFate:
    people = [
        RecipientFate(
            address=each.address,
            state=each.state or found.state,
            server_says=each.says,
            instead=each.instead,
        )
        for each in found.recipients
    ]
    attempts = [_attempt(each) for each in found.attempts]
    return MessageFate(id=found.message.id, state=found.state, recipients=people, attempts=attempts)


def _attempt(attempt: Attempt) -> DeliveryAttempt:
    stored = attempt.diagnosis
    diagnosis = Diagnosis.from_json(stored) if stored else None
    return DeliveryAttempt(
        at=attempt.at,
        ok=attempt.state is MessageState.SENT,
        diagnosis=diagnosis_json(diagnosis, language()) if diagnosis else None,
        node=attempt.node,
    )
