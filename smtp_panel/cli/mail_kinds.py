"""`smtp mail`: the kinds of mail that the panel sends, to be read or tried (SPEC M1, A6)."""

from __future__ import annotations

import os

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import json_option, print_json, say
from smtp_panel.cli.panel import panel
from smtp_panel.cli.terminal import language_of
from smtp_panel.cli.values import OptionReader, recipient
from smtp_panel.mail import occasions
from smtp_panel.mail.message import AutomaticMessage
from smtp_panel.mail.occasions import KINDS, MailKind
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import LANGUAGES
from smtp_panel.words import N_

BY_ID = {kind.id: kind for kind in KINDS}
NO_SERVICE = N_("Nothing was sent: no mail service is set up. Set one up by `smtp set`.")


@click.command("mail")
@click.argument("kind", type=click.Choice(list(BY_ID)), required=False, help="Which one.")
@click.option("--to", metavar="ADDRESS", help="Send a sample of it there, by the outbox.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), help="That of the sample.")
@json_option
@with_appcontext
def mail(kind: str | None, to: str | None, language: str | None, as_json: bool) -> None:
    """Print a sample of one kind of mail that the panel sends, or send it with --to.

    Without a kind, print all of them and when each is sent.
    """
    own = language_of(os.environ)
    with panel():
        if kind is None:
            _list(as_json)
        elif to is None:
            _print(occasions.sample(BY_ID[kind], language or own), as_json)
        else:
            _send(BY_ID[kind], to, language or own)
            told = gettext("It is in the outbox, on its way to %(address)s.", address=to)
            say(told, as_json=as_json, to=to)


def _list(as_json: bool) -> None:
    kinds = [
        {"id": each.id, "name": gettext(each.name), "about": gettext(each.about)} for each in KINDS
    ]
    if as_json:
        print_json({"kinds": kinds})
        return
    for each in kinds:
        click.echo(f"{each['id']:<16}  {each['name']}\n  {each['about']}")


def _print(message: AutomaticMessage, as_json: bool) -> None:
    if as_json:
        facts = {"subject": message.subject, "text": message.body, "html": message.html}
        print_json(facts)
    else:
        click.echo(f"{message.subject}\n\n{message.body}")


def _send(kind: MailKind, to: str, language: str) -> None:
    reading = OptionReader()
    address = reading.read("to", recipient, to) or ""
    reading.end()
    if not occasions.can_send():
        raise click.ClickException(gettext(NO_SERVICE))
    with writing(db.session):
        occasions.send(kind, kind.sample, recipient=address, language=language)
