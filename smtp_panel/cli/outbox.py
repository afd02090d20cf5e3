"""`smtp worker`, and the queue as the terminal sees and handles it (SPEC M6, A6)."""

from __future__ import annotations

from collections.abc import Sequence

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.background import Background
from smtp_panel.cli.command import ending, json_option, most_option, print_json, say
from smtp_panel.cli.panel import COMMAND_LINE, panel
from smtp_panel.loops import loops, ownership
from smtp_panel.outbox import handling
from smtp_panel.outbox.listing import ListedMessage, listed, waiting
from smtp_panel.outbox.model import MessageState, Pause
from smtp_panel.outbox.worker import Worker
from smtp_panel.panel import current_panel
from smtp_panel.smtp.text import printable
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.language import when
from smtp_panel.words import N_

REFUSED = N_("The mail server takes no mail; the next try is at %(at)s.")
NAMED = 3  # recipients of a message in a line
FULL = N_("The sending limit of the mail server is reached; mail goes on at %(at)s.")


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Send what waits in the outbox, until SIGTERM or SIGINT, which let it finish.

    Where no other process of the machine does, it also checks the mail path from there.
    """
    with panel(), ending() as wait_for_end:
        installation = current_panel()
        sending = Worker(installation.outbox, installation.route, installation.delivered)
        beside = Background(loops(installation), ownership(installation))
        for part in (sending, beside):
            part.start()
        click.echo(gettext("Sending what waits in the outbox."))
        wait_for_end()
        for part in (sending, beside):
            part.stop()


@click.command("queue")
@click.option(
    "--state",
    type=click.Choice([state.value for state in MessageState]),
    help="Only those in this state.",
)
@click.option(
    "--about", default="", metavar="WORDS", help="Only those to this address, or of this subject."
)
@click.option("--before", default="", metavar="ID", help="Only those older than this message.")
@most_option
@json_option
@with_appcontext
def queue(state: str | None, about: str, before: str, most: int, as_json: bool) -> None:
    """Print the newest messages of the outbox, and what became of them.

    The newest 20,000 are searched for WORDS: a mail address, or a part of the subject.
    """
    with panel():
        wanted = MessageState(state) if state else None
        connection = db.session.connection()
        found = listed(connection, state=wanted, about=about, before=before, most=most)
        pause = db.session.get_one(Pause, 1)
        count = waiting(db.session.connection())
        if as_json:
            messages = [_facts(each) for each in found]
            told = {"waiting": count, "paused": _pause(pause), "messages": messages}
            print_json(told)
        else:
            _print(found, pause, count)


@click.command("pause")
@json_option
@with_appcontext
def hold(as_json: bool) -> None:
    """Send nothing until `smtp resume`; what is accepted meanwhile waits."""
    with panel():
        with writing(db.session) as session:
            handling.hold(session, COMMAND_LINE)
        say(gettext("Nothing is sent until `smtp resume`."), as_json=as_json, paused=True)


@click.command("resume")
@json_option
@with_appcontext
def resume(as_json: bool) -> None:
    """Send again after `smtp pause`."""
    with panel():
        with writing(db.session) as session:
            handling.release(session, COMMAND_LINE)
        say(gettext("What waits is sent."), as_json=as_json, paused=False)


OUTBOX_COMMANDS = (worker, queue, hold, resume)


def _print(found: Sequence[ListedMessage], pause: Pause, count: int) -> None:
    """The messages, whether sending is paused, and how many wait."""
    for each in found:
        line = f"{each.id}  {each.state:<10} {_people(each)}  {each.subject}"
        click.echo(printable(line))
    if pause.held_at:
        held = {"who": actor_in_words(pause.held_by or ""), "since": when(pause.held_at)}
        click.echo(gettext("Sending is paused by %(who)s since %(since)s.", **held))
    elif pause.failures and pause.until:
        click.echo(gettext(REFUSED, at=when(pause.until)))
    elif pause.full_until and pause.full_until > utcnow():
        click.echo(gettext(FULL, at=when(pause.full_until)))
    click.echo(gettext("%(count)s waiting.", count=count))


def _people(message: ListedMessage) -> str:
    """The first recipients by name, and the count of the others."""
    names = ", ".join(message.recipients[:NAMED])
    more = message.recipient_count - NAMED
    return f"{names} {gettext('and %(count)s more', count=more)}" if more > 0 else names


def _pause(pause: Pause) -> dict[str, object]:
    return {
        "by_admin": pause.held_by is not None,
        "by": pause.held_by,
        "since": pause.held_at or pause.since,
        "failures": pause.failures,
        "until": pause.until,
        "full_until": pause.full_until,
    }


def _facts(found: ListedMessage) -> dict[str, object]:
    return {
        "id": found.id,
        "state": found.state,
        "created_at": found.created_at,
        "due": found.due,
        "from": found.sender,
        "subject": found.subject,
        "recipients": list(found.recipients),
        "recipient_count": found.recipient_count,
        "instead": dict(found.instead),
        "attempts": found.attempts,
    }
