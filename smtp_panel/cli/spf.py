"""`smtp spf`: whether an address may send mail for a domain, without a database (RFC 7208)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, NamedTuple

import click
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.exits import BAD_INPUT
from smtp_panel.cli.options import BadOptions
from smtp_panel.cli.spf_tree import PrintedCheck
from smtp_panel.cli.target import config_of_the_machine
from smtp_panel.cli.terminal import Terminal, forgiving, language_of
from smtp_panel.cli.values import ip_address
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask, NameServers
from smtp_panel.settings.rules import Refused
from smtp_panel.spf.ahead import asking_ahead
from smtp_panel.spf.asked import asked_once
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import SPFOutcome
from smtp_panel.spf.walk import walk
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_

SECONDS = 2.5  # for all that one question asks of the DNS
LONGEST = {"ip": 45, "helo": 255, "mail_from": 320}  # characters (RFC 5321, 4.5.3.1)
BRACKETS = "<>"  # of a reverse-path (RFC 5321, 4.1.2); the null sender has nothing else


class SPFQuestion(NamedTuple):
    """Whose mail is judged; `mail_from` is empty for the null sender."""

    ip: str
    helo: str
    mail_from: str


@click.command("spf")
@click.option("--ip", metavar="ADDRESS", help="The IP address that connects.")
@click.option("--helo", metavar="NAME", help="The name that it says in HELO or EHLO.")
@click.option("--mail-from", metavar="ADDRESS", help="The envelope sender; '' for the null sender.")
@click.option(
    "--stdin",
    "by_line",
    is_flag=True,
    help="Answer lines of standard input, each a JSON object with ip, helo and mail_from.",
)
@json_option
@with_appcontext
def spf(by_line: bool, as_json: bool, **given: str | None) -> None:
    """Tell whether an address may send mail for a domain, by its SPF record.

    In JSON that is `result` (none, neutral, pass, fail, softfail, temperror or permerror),
    `explanation`, `lookups`, `void_lookups`, the `path` to what decided, and `error`.
    """
    ask = NameServers(config_of_the_machine().dns).ask
    with force_locale(language_of(os.environ)):
        if by_line:
            if any(each is not None for each in given.values()):
                raise click.UsageError(
                    gettext("--stdin goes without --ip, --helo and --mail-from.")
                )
            _answer_lines(ask)
        elif as_json:
            print_json(_facts(_judged(_question(given), ask)))
        else:
            _show(_question(given), ask)


def _answer_lines(ask: Ask) -> None:
    """Print an object for each line, as soon as it is there; exit with 2 where one was wrong."""
    wrong = False
    for line in filter(bytes.strip, sys.stdin.buffer):
        try:
            facts = _facts(_judged(_question(_object(line)), ask))
        except BadOptions as bad:
            wrong = True
            facts = {"ok": False, "errors": {n: asdict(each) for n, each in bad.errors.items()}}
        print_json(facts)
    if wrong:
        click.get_current_context().exit(BAD_INPUT)


def _object(line: bytes) -> Mapping[str, object]:
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    raise BadOptions({"stdin": Refused(N_("This line is no JSON object."))})


def _question(given: Mapping[str, object]) -> SPFQuestion:
    """The question in `given`, by name; raises BadOptions."""
    errors: dict[str, Refused] = {}
    texts: dict[str, str] = {}
    for name, most in LONGEST.items():
        try:
            text = _text(given.get(name), most)
            texts[name] = ip_address(text) if name == "ip" else text
        except Refused as refused:
            errors[name] = refused
    if errors:
        raise BadOptions(errors)
    return SPFQuestion(**texts)._replace(mail_from=texts["mail_from"].strip(BRACKETS))


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise Refused(N_("This is missing. Add it."))
    if len(value) > most or not value.isprintable():
        raise Refused(
            N_("At most %(most)s characters that can be seen are possible."), {"most": str(most)}
        )
    return value


def _judged(question: SPFQuestion, ask: Ask) -> SPFOutcome:
    client, lookup = Client.of(*question), asked_once(ask, Deadline(SECONDS))
    with asking_ahead(client, lookup):
        return check(client, lookup)


def _facts(outcome: SPFOutcome) -> dict[str, Any]:
    fault = outcome.fault
    return {
        "result": outcome.result,
        "explanation": outcome.explanation,
        "lookups": outcome.lookups,
        "void_lookups": outcome.void_lookups,
        "path": [step._asdict() for step in outcome.path],
        "error": in_words(fault.sentence) if fault else None,
    }


def _show(question: SPFQuestion, ask: Ask) -> None:
    client, lookup = Client.of(*question), asked_once(ask, Deadline(SECONDS))
    tree = walk(client.domain, lookup, [client])
    outcome = check(client, lookup)
    printed = PrintedCheck(Terminal.of(forgiving(sys.stdout)), client, outcome)
    printed.verdict()
    printed.tree(tree)
