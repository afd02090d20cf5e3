"""`smtp deliverability`: whether the world takes mail from here, as the DNS says (SPEC D5, A6)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.exits import MAIL_FAILS
from smtp_panel.cli.findings import print_findings
from smtp_panel.cli.options import BadOptions
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.cli.target import config_of_the_machine
from smtp_panel.cli.terminal import language_of
from smtp_panel.cli.values import OptionReader, ip_address, recipient
from smtp_panel.deliverability.look import LOOK_SECONDS, look
from smtp_panel.deliverability.question import Question, helo_name
from smtp_panel.deliverability.selectors import Selector, selectors_in
from smtp_panel.net.deadline import Deadline
from smtp_panel.operations import looks
from smtp_panel.panel import current_panel
from smtp_panel.settings import rules
from smtp_panel.settings.network import network_for_content
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.telling.deliverability import findings_json, is_fine
from smtp_panel.words import N_

NO_DOMAIN = N_("No From with a domain of its own is saved. Name one by --sender.")


@dataclass(frozen=True, kw_only=True)
class Given:
    """What was typed about the way of mail; None or nothing for what was not."""

    mail_from: str | None
    server: str | None
    ips: tuple[str, ...]
    selectors: tuple[str, ...]


@click.command("deliverability")
@click.option("--sender", metavar="FROM", help="From; without it that of the saved settings.")
@click.option("--mail-from", metavar="ADDRESS", help="The envelope sender; else the one of From.")
@click.option(
    "--ip",
    "ips",
    metavar="ADDRESS",
    multiple=True,
    help="An IP address from which mail reaches its receivers; can be repeated.",
)
@click.option("--server", metavar="HOST", help="The mail server that sends it to the world.")
@click.option(
    "--selector",
    "selectors",
    metavar="NAME",
    multiple=True,
    help="The selector of a DKIM key; can be repeated.",
)
@json_option
@with_appcontext
def deliverability(sender: str | None, as_json: bool, **given: Any) -> None:
    """Tell whether the world takes mail from a domain: SPF, DKIM, DMARC, MX and the rest.

    With --sender no database is needed. The exit code is 0 where all is right, and 1 where
    something is not, or could not be looked up.
    """
    with force_locale(language_of(os.environ)):
        if sender is None:
            with panel():
                question = _saved(Given(**given))
                config = current_panel().config
                db.session.remove()
        else:
            config = config_of_the_machine()
            question = _typed(sender, config.ehlo_name, Given(**given))
        findings = look(question, network_for_content(config), Deadline(LOOK_SECONDS))
        if as_json:
            told = {"domain": question.domain, "findings": findings_json(findings)}
            print_json({"ok": is_fine(findings), **told})
        else:
            print_findings(question.domain, findings)
    if not is_fine(findings):
        click.get_current_context().exit(MAIL_FAILS)


def _saved(given: Given) -> Question:
    """Mail by the settings in force, but for what is given; raises BadInput."""
    saved = current_panel().saved(db.session())
    if not looks.domain_of(current_panel(), saved):
        raise BadInput(gettext(NO_DOMAIN))
    question = looks.question_of(current_panel(), saved)
    if given.server:
        question = replace(question, addresses=())  # for mail leaves from elsewhere then
    return _with(question, given)


def _typed(sender: str, helo: str, given: Given) -> Question:
    """Mail from `sender` of a machine that says `helo`; raises BadOptions."""
    reading = OptionReader()
    address = reading.read("sender", _sender, sender)
    if address is None:
        raise BadOptions(reading.errors)
    domain = address.rpartition("@")[2]
    return _with(Question(domain=domain, mail_from=address, helo=helo_name(helo)), given)


def _with(question: Question, given: Given) -> Question:
    """`question` with what is given in place of its own; raises BadOptions."""
    reading = OptionReader()
    changes: dict[str, Any] = {
        "mail_from": reading.read("mail_from", recipient, given.mail_from),
        "server": reading.read("server", rules.mail_server, given.server),
        "addresses": reading.read("ip", _addresses, given.ips or None),
        "selectors": reading.read(
            "selector", partial(_selectors, question.domain), given.selectors or None
        ),
    }
    reading.end()
    return replace(question, **{name: each for name, each in changes.items() if each is not None})


def _sender(text: str) -> str:
    """The address of a From whose domain others can look up; raises Refused."""
    address = recipient(text)
    if "." not in address.rpartition("@")[2]:
        raise Refused(N_("The world knows no such domain. Use one that is yours in the DNS."))
    return address


def _addresses(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(ip_address, texts))


def _selectors(domain: str, texts: Sequence[str]) -> tuple[Selector, ...]:
    return tuple(each for text in texts for each in selectors_in(text, domain))
