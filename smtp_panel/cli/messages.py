"""`smtp message` and its like: what became of a message, and what is done with it (SPEC M6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.access.links import masked
from smtp_panel.cli import completion
from smtp_panel.cli.command import json_option, print_json, say
from smtp_panel.cli.completion import offering
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.mail.reading import read
from smtp_panel.outbox import handling
from smtp_panel.outbox.handling import DECISIONS, Handling, NotPossible
from smtp_panel.outbox.history import History, NoSuchMessage, history, octets
from smtp_panel.outbox.model import Attempt, MessageState, Pause, Recipient
from smtp_panel.smtp.text import printable
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.telling.attempt import says
from smtp_panel.telling.diagnoses import diagnosis_json
from smtp_panel.telling.errors import error_in_words, is_reply
from smtp_panel.telling.language import language, when
from smtp_panel.telling.next_try import next_try
from smtp_panel.telling.refusals import not_possible
from smtp_panel.words import N_

NO_MESSAGE = N_(
    "There is no message %(id)s in the outbox. `smtp queue` lists those that there are."
)
DECIDED = N_("%(decided)s decided. %(left)s uncertain ones are left.")
NO_CONTENT = N_("The content of this message is no longer kept.")

NOW = {
    MessageState.WAITING: N_("%(id)s is waiting."),
    MessageState.SENDING: N_("%(id)s is being sent."),
    MessageState.SENT: N_("%(id)s is sent."),
    MessageState.FAILED: N_("%(id)s has failed."),
    MessageState.UNCERTAIN: N_("%(id)s is uncertain."),
    MessageState.CANCELLED: N_("%(id)s is cancelled."),
}

message_argument = click.argument(
    "message",
    metavar="ID",
    help="The id of the message.",
    shell_complete=offering(completion.messages),
)


@click.command("message")
@message_argument
@click.option("--content", is_flag=True, help="Print what it says too, but for one-time links.")
@json_option
@with_appcontext
def show(message: str, content: bool, as_json: bool) -> None:
    """Print what became of a message for each recipient, and each attempt to hand it over."""
    with panel():
        try:
            found = history(db.session(), message)
        except NoSuchMessage:
            raise BadInput(gettext(NO_MESSAGE, id=message)) from None
        facts = _facts(found, language())
        if content:
            facts["content"] = _content(message)
        if as_json:
            print_json(facts)
        else:
            _print(facts, found)


@click.command("resend")
@message_argument
@json_option
@with_appcontext
def resend(message: str, as_json: bool) -> None:
    """Send a message again that failed, was cancelled, or may not have been taken."""
    _handle(message, handling.resend, as_json)


@click.command("cancel")
@message_argument
@json_option
@with_appcontext
def cancel(message: str, as_json: bool) -> None:
    """Cancel a message that waits."""
    _handle(message, handling.cancel, as_json)


@click.command("count-as-sent")
@message_argument
@json_option
@with_appcontext
def count_as_sent(message: str, as_json: bool) -> None:
    """Count an uncertain message as sent."""
    _handle(message, handling.count_as_sent, as_json)


@click.command("uncertain")
@click.argument("decision", type=click.Choice(list(DECISIONS)), help="What to do with them.")
@json_option
@with_appcontext
def uncertain(decision: str, as_json: bool) -> None:
    """Decide about all messages that may have been taken, at most 100 at once."""
    with panel():
        with writing(db.session) as session:
            before = handling.uncertain(session.connection())
            handling.each_uncertain(session, DECISIONS[decision], COMMAND_LINE)
        left = handling.uncertain(db.session.connection())
        told = gettext(DECIDED, decided=before - left, left=left)
    say(told, as_json=as_json, decided=before - left, left=left)


MESSAGE_COMMANDS = (show, resend, cancel, count_as_sent, uncertain)


def _handle(message: str, operation: Handling, as_json: bool) -> None:
    with panel():
        try:
            with writing(db.session) as session:
                state = operation(session, message, COMMAND_LINE)
        except NoSuchMessage:
            raise BadInput(gettext(NO_MESSAGE, id=message)) from None
        except NotPossible as error:
            raise BadInput(not_possible(error)) from None
        told = gettext(NOW[state], id=message)
    say(told, as_json=as_json, id=message, state=state)


def _facts(found: History, language: str) -> dict[str, Any]:
    message = found.message
    return {
        "id": message.id,
        "state": found.state,
        "created_at": message.created_at,
        "due": found.queued.due if found.queued else None,
        "from": message.sender,
        "subject": message.subject,
        "message_id": message.message_id,
        "queue_id": message.queue_id,
        "size": message.size,
        "key_id": message.key_id,
        "recipients": [_recipient(each, found.state) for each in found.recipients],
        "recipient_count": message.recipients,
        "attempts": [_attempt(each, language) for each in found.attempts],
    }


def _recipient(each: Recipient, state: MessageState) -> dict[str, str]:
    return {
        "address": each.address,
        "state": each.state or state,
        "server_says": str(each.says),
        "instead": each.instead,
    }


def _attempt(each: Attempt, language: str) -> dict[str, Any]:
    diagnosis = Diagnosis.stored(each.diagnosis)
    return {
        "at": each.at,
        "ok": each.state is MessageState.SENT,
        "node": each.node,
        "ms": each.ms,
        "server_says": says(each),
        "diagnosis": diagnosis_json(diagnosis, language) if diagnosis else None,
    }


def _content(message: str) -> str:
    raw = octets(db.session.connection(), message)
    return masked(read(raw).text) if raw is not None else gettext(NO_CONTENT)


def _next_try(found: History) -> str:
    """In words; "" where a message does not wait."""
    if found.queued is None or found.queued.owner:
        return ""
    return next_try(found.queued.due, db.session.get_one(Pause, 1), utcnow())


def _print(facts: dict[str, Any], found: History) -> None:
    for line in _lines(facts, found):
        click.echo(printable(line))


def _lines(facts: dict[str, Any], found: History) -> Iterator[str]:
    yield f"{facts['id']}  {facts['state']}  {facts['subject']}"
    about = facts | {"created_at": when(facts["created_at"])}
    yield gettext("From %(from)s, accepted %(created_at)s, %(size)s octets", **about)
    if next_try := _next_try(found):
        yield f"{gettext('Next try:')} {next_try}"
    for each, recipient in zip(facts["recipients"], found.recipients, strict=True):
        went = gettext("(went to %(address)s instead)", address=each["instead"])
        instead = f"  {went}" if each["instead"] else ""
        why = error_in_words(recipient.says)
        yield f"  {each['state']:<10} {each['address']}  {why}{instead}".rstrip()
    if more := facts["recipient_count"] - len(facts["recipients"]):
        yield f"  {gettext('and %(count)s more', count=more)}"
    for each, attempt in zip(facts["attempts"], found.attempts, strict=True):
        went = gettext("sent") if each["ok"] else gettext("not sent")
        yield gettext(
            "%(at)s from %(node)s: %(went)s", at=when(each["at"]), node=each["node"], went=went
        )
        if diagnosis := each["diagnosis"]:
            yield from (f"  {diagnosis['cause']}", f"  {diagnosis['remedy']}")
        if attempt.says:
            who = f"{gettext('Server said:')} " if is_reply(attempt.says) else ""
            yield f"  {who}{error_in_words(attempt.says)}"
    if "content" in facts:
        yield from ("", *facts["content"].splitlines())
