"""`smtp senders`: from which addresses the mail server lets this installation send (SPEC A6)."""

from __future__ import annotations

import os
import sys

import click
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from smtp_panel.check.senders import SenderAnswer, SenderState
from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.exits import MAIL_FAILS
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.cli.terminal import Terminal, forgiving, language_of
from smtp_panel.cli.values import OptionReader, recipient
from smtp_panel.operations import senders as asking
from smtp_panel.panel import current_panel
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.telling.diagnoses import diagnosis_json
from smtp_panel.telling.errors import error_in_words
from smtp_panel.telling.labels import SENDER_STATE_LABELS
from smtp_panel.telling.language import in_words, language

INDENT = "  "


@click.command("senders")
@click.option("--to", metavar="ADDRESS", help="Whom to name as the recipient; else From itself.")
@json_option
@with_appcontext
def senders(to: str | None, as_json: bool) -> None:
    """Ask the mail server which senders of this installation it takes, and send nothing."""
    with force_locale(language_of(os.environ)), panel():
        reading = OptionReader()
        to_whom = reading.read("to", recipient, to)
        reading.end()
        try:
            question = asking.question(db.session(), current_panel(), to_whom or "")
        except Refused as refused:
            raise BadInput(in_words(refused.sentence)) from refused
        db.session.remove()
        uses = {each.address: each.uses for each in question.senders}
        answers = list(question.answers())
        ok = all(each.state is SenderState.TAKEN for each in answers)
        if as_json:
            told = [_facts(each) | {"uses": uses[each.address]} for each in answers]
            print_json({"ok": ok, "senders": told})
        else:
            terminal = Terminal.of(forgiving(sys.stdout))
            for each in answers:
                _print(terminal, each)
            if len(answers) == asking.MOST:
                terminal.paragraph(gettext(asking.AT_MOST, most=asking.MOST))
    if not ok:
        click.get_current_context().exit(MAIL_FAILS)


def _facts(answer: SenderAnswer) -> dict[str, object]:
    why = answer.diagnosis
    return {
        "address": answer.address,
        "state": answer.state,
        "diagnosis": diagnosis_json(why, language()) if why else None,
    }


def _print(terminal: Terminal, answer: SenderAnswer) -> None:
    terminal.paragraph(f"{answer.address}: {gettext(SENDER_STATE_LABELS[answer.state])}", bold=True)
    why = answer.diagnosis
    if why:
        for each in (
            why.cause(language(), in_words),
            why.remedy(language()),
            error_in_words(why.says),
        ):
            terminal.paragraph(each, INDENT)
