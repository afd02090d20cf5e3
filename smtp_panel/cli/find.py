"""`smtp find`: the settings for an address, a domain or a provider, without a database (P1)."""

from __future__ import annotations

import os
import sys

import click
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from smtp_panel.check.steps import StepState
from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.exits import MAIL_FAILS
from smtp_panel.cli.options import BadOptions
from smtp_panel.cli.target import config_of_the_machine
from smtp_panel.cli.terminal import Terminal, forgiving, language_of
from smtp_panel.finding.finding import Found, find
from smtp_panel.finding.reasons import TO_BE_TRIED
from smtp_panel.finding.search import Follow, Search, unfollowed
from smtp_panel.finding.trying import Try
from smtp_panel.settings import rules
from smtp_panel.settings.network import network_for_finding
from smtp_panel.settings.rules import Refused
from smtp_panel.telling import offers
from smtp_panel.telling.language import language
from smtp_panel.telling.offers import OfferGroup
from smtp_panel.telling.tries import TryView, try_view

INDENT = "  "


@click.command("find")
@click.argument(
    "words",
    nargs=-1,
    required=True,
    help="A mail address, a domain, or the name of a provider or its beginning.",
)
@click.option(
    "--try", "trying", is_flag=True, help="Try the usual names and ports, without signing in."
)
@json_option
@with_appcontext
def find_settings(words: tuple[str, ...], trying: bool, as_json: bool) -> None:
    """Find mail server, port and TLS for an address, a domain or a provider."""
    with force_locale(language_of(os.environ)):
        found = _found(" ".join(words), trying=trying, quiet=as_json)
        if as_json:
            print_json(offers.found_json(found))
        else:
            _show(found)
    if not found.offers:
        click.get_current_context().exit(MAIL_FAILS)


def _found(text: str, *, trying: bool, quiet: bool) -> Found:
    network = network_for_finding(config_of_the_machine())
    try:
        query = rules.query(text)
    except Refused as refused:
        raise BadOptions({"words": refused}) from refused
    if not trying:
        return find(query, network.ask)
    return Search(query, network).run(unfollowed if quiet else _on_stderr())


def _on_stderr() -> Follow:
    """What tells beside the output what comes of each try, and of a name that is not there once."""
    terminal, told = Terminal.of(forgiving(sys.stderr)), set[TryView]()

    def follow(each: Try) -> None:
        row = try_view(each)
        if each.state is not StepState.RUNNING and row not in told:
            told.add(row)
            terminal.paragraph(f"{row.place}: {row.result}")

    return follow


def _show(found: Found) -> None:
    terminal = Terminal.of(forgiving(sys.stdout))
    if not found.offers:
        terminal.paragraph(offers.reason(found))
        if found.reason and found.reason.message in TO_BE_TRIED:
            terminal.paragraph(gettext("`smtp find --try` tries them."))
    every = offers.groups(found)
    for group in every[: offers.MOST_SHOWN]:
        _show_group(terminal, group)
    if more := offers.left_out(every):
        terminal.paragraph(more)


def _show_group(terminal: Terminal, group: OfferGroup) -> None:
    terminal.paragraph(group.heading, bold=True)
    for each in group.offers:
        terminal.paragraph(offers.address(each), INDENT)
        for remark in offers.remarks(each):
            terminal.paragraph(remark, INDENT * 2)
    if group.username:
        terminal.paragraph(gettext("User name: %(name)s", name=group.username), INDENT)
    if group.provider:
        terminal.paragraph(group.provider.notes[language()], INDENT)
        if group.provider.help:
            terminal.paragraph(group.provider.help, INDENT)
    terminal.line()
