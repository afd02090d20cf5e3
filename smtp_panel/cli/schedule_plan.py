"""The options that say what a schedule sends, to whom and when, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from smtp_panel.cli.options import BadOptions
from smtp_panel.cli.values import OptionReader, typed_secret
from smtp_panel.mail.front import contents
from smtp_panel.panel import current_panel
from smtp_panel.schedules.plan import Plan, PlanReader, changed

Command = TypeVar("Command", bound=Callable[..., Any])
RECIPIENTS = "recipients"
NEW = {"zone": "UTC"}  # what a schedule is unless the options say otherwise

OPTIONS = (
    click.option("--name", metavar="WORDS", help="By which you find it again."),
    click.option("--url", help="The web address of the content."),
    click.option("--header", metavar="NAME", help="The header by which it knows the panel."),
    click.option("--secret-stdin", is_flag=True, help="Read from standard input what it holds."),
    click.option("--function", metavar="NAME", help="The function of the application instead."),
    click.option("--subject", metavar="WORDS", help="Of each message."),
    click.option(
        "--to", RECIPIENTS, metavar="ADDRESS", multiple=True, help="A recipient; again for more."
    ),
    click.option("--cron", metavar="FIELDS", help="When, as in crontab(5): '0 9 * * MON'."),
    click.option("--zone", metavar="NAME", help="The time zone, such as Europe/Berlin; UTC."),
)


def plan_options(command: Command) -> Command:
    """Give `command` the options of a schedule."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def plan_of(saved: Mapping[str, str], given: Mapping[str, Any], *, secret_stdin: bool) -> Plan:
    """The schedule that was `saved`, with the options that were given; raises BadOptions."""
    texts = {name: value for name, value in given.items() if value is not None}
    if addresses := texts.pop(RECIPIENTS):
        texts[RECIPIENTS] = "\n".join(addresses)
    reading = OptionReader()
    secret = reading.read("secret", typed_secret, "Secret" if secret_stdin else None)
    panel = current_panel()
    reader = PlanReader(contents(panel.app), http=panel.config.http_content)
    refused = reader.read_all(changed(saved, texts | {"secret": secret or ""})) | reading.errors
    if refused:
        named = {"to" if name == RECIPIENTS else name: each for name, each in refused.items()}
        raise BadOptions(named)
    return reader.plan
