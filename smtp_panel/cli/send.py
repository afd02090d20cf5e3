"""`smtp send`: hand a message over to the outbox, as programs do by the API (SPEC M2, A6)."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import gettext
from flask_mail import Attachment

from smtp_panel.api import mail_types as rules
from smtp_panel.api.messages import NO_RECIPIENT, NO_SENDER
from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.panel import NO_TEXT, panel
from smtp_panel.cli.values import OptionReader
from smtp_panel.mail.files import file_type
from smtp_panel.mail.front import MailState
from smtp_panel.mail.message import StandardMessage
from smtp_panel.outbox.history import history
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.words import N_

NO_HEADER = N_("Write a header as NAME: VALUE.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
S = TypeVar("S")
T = TypeVar("T")


@click.command("send")
@click.option("--to", metavar="ADDRESS", multiple=True, help="A recipient; again for more.")
@click.option("--cc", metavar="ADDRESS", multiple=True, help="Who gets a copy; again for more.")
@click.option("--bcc", metavar="ADDRESS", multiple=True, help="The same, and no other learns it.")
@click.option("--sender", metavar="FROM", help="Who it is from; without it the saved From.")
@click.option("--reply-to", metavar="ADDRESS", help="Where answers go.")
@click.option("--subject", default="", metavar="WORDS", help="What it is about.")
@click.option("--html", type=FILE, help="A file with the content as HTML, beside the text.")
@click.option(
    "--attach", type=FILE, multiple=True, help="A file that goes with it; again for more."
)
@click.option("--header", metavar="LINE", multiple=True, help="Another header, as 'NAME: VALUE'.")
@click.option("--at", metavar="TIME", help="Not before: 2026-12-24T18:00:00+01:00, for example.")
@json_option
@with_appcontext
def send(at: str | None, as_json: bool, **given: Any) -> None:
    """Hand a message over to the outbox. Its text is read from standard input.

    It is on disk when this ends; `smtp message` tells what became of it.
    """
    with panel():
        reading = OptionReader()
        message, when = _message(reading, **given), reading.read("at", rules.instant, at)
        reading.end()
        front: MailState = current_app.extensions["mail"]
        with front.connect(send_at=when) as connection:
            message.send(connection)
        found = history(db.session(), connection.taken, most=len(message.send_to))
        people = [each.address for each in found.recipients]
        told = gettext(
            "%(id)s is in the outbox, for %(people)s.",
            id=connection.taken,
            people=", ".join(people),
        )
    say(told, as_json=as_json, id=found.message.id, state=found.state, recipients=people)


def _message(
    reading: OptionReader,
    *,
    to: Sequence[str],
    cc: Sequence[str],
    bcc: Sequence[str],
    sender: str | None,
    reply_to: str | None,
    subject: str,
    html: Path | None,
    attach: Sequence[Path],
    header: Sequence[str],
) -> StandardMessage:
    """The message of these options; what is wrong with them is added to the errors of `reading`."""
    if not (to or cc or bcc):
        reading.errors["to"] = Refused(NO_RECIPIENT)
    text = sys.stdin.buffer.read()
    message = StandardMessage(
        reading.read("subject", rules.line, subject) or "",
        _each(reading, "to", rules.mailbox, to),
        reading.read("text", _content, text) or None,
        html=reading.read("html", _content, html.read_bytes() if html else None),
        sender=reading.read("sender", rules.mailbox, sender),
        cc=_each(reading, "cc", rules.mailbox, cc),
        bcc=_each(reading, "bcc", rules.mailbox, bcc),
        reply_to=reading.read("reply_to", rules.mailbox, reply_to),
        extra_headers=dict(_each(reading, "header", _header, header)),
        attachments=_each(reading, "attach", _attachment, attach),
    )
    if not (message.sender or "sender" in reading.errors):
        reading.errors["sender"] = Refused(NO_SENDER)
    return message


def _each(reading: OptionReader, name: str, rule: Callable[[S], T], given: Sequence[S]) -> list[T]:
    found = [reading.read(name, rule, each) for each in given]
    return [each for each in found if each is not None]


def _content(octets: bytes) -> str:
    try:
        return rules.content(octets.decode())
    except UnicodeDecodeError:
        raise Refused(NO_TEXT) from None


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise Refused(NO_HEADER)
    return rules.header_name(name), rules.header_value(value.strip())


def _attachment(file: Path) -> Attachment:
    kind, packed_by = mimetypes.guess_type(file.name)
    known = "" if packed_by else kind or ""
    return Attachment(rules.line(file.name), file_type(known), file.read_bytes())
