"""The options that say what a schedule sends, to whom and when, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import click

from smtp_panel.cli.options import BadOptions
from smtp_panel.cli.values import OptionReader, typed_secret
from smtp_panel.mail.front import contents
from smtp_panel.panel import current_panel
from smtp_panel.schedules import rules
from smtp_panel.schedules.handling import Plan
from smtp_panel.settings.rules import Refused
from smtp_panel.words import N_

FIELDS = ("name", "function", "url", "header", "subject", "recipients", "cron", "zone")
NO_FUNCTION = N_("The application has no such content. It has: %(names)s.")
ONE_SOURCE = N_("Content is from a web address or from a function. Leave out one of the two.")
NO_HEADER = N_("This goes with --header.")
UTC = "UTC"
Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--name", metavar="WORDS", help="By which you find it again."),
    click.option("--url", help="The web address of the content."),
    click.option("--header", metavar="NAME", help="The header by which it knows the panel."),
    click.option("--secret-stdin", is_flag=True, help="Read from standard input what it holds."),
    click.option("--function", metavar="NAME", help="The function of the application instead."),
    click.option("--subject", metavar="WORDS", help="Of each message."),
    click.option(
        "--to", "recipients", metavar="ADDRESS", multiple=True, help="A recipient; again for more."
    ),
    click.option("--cron", metavar="FIELDS", help="When, as in crontab(5): '0 9 * * MON'."),
    click.option("--zone", metavar="NAME", help="The time zone, such as Europe/Berlin; UTC."),
)


def plan_options(command: Command) -> Command:
    """Give `command` the options of a schedule."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def read(given: Mapping[str, Any], *, secret_stdin: bool) -> Plan:
    """The schedule by the options, of which some may have no value; raises BadOptions."""
    reading = OptionReader()
    texts = {name: given[name] or "" for name in FIELDS}
    http = current_panel().config.http_content
    typed = reading.read("secret", typed_secret, "Secret" if secret_stdin else None)
    values: dict[str, Any] = {
        "name": reading.read("name", rules.name, texts["name"]),
        "function": reading.read("function", _function, texts["function"]),
        "url": reading.read(
            "url", _no_url if texts["function"] else partial(rules.url, http=http), texts["url"]
        ),
        "header": reading.read("header", rules.header, texts["header"]),
        "secret": reading.read("secret", rules.header_value, typed),
        "subject": reading.read("subject", rules.subject, texts["subject"]),
        "recipients": reading.read("to", rules.recipients, ",".join(given["recipients"])),
        "cron": reading.read("cron", rules.cron, texts["cron"]),
        "zone": reading.read("zone", rules.time_zone, texts["zone"] or UTC),
    }
    if typed and not values["header"]:
        reading.errors.setdefault("secret", Refused(NO_HEADER))
    if reading.errors:
        raise BadOptions(reading.errors)
    return Plan(**values)


def changed(saved: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `saved` schedule with those that were `given`; it has one source alone."""
    new = {name: value for name, value in given.items() if value not in {None, ()}}
    elsewhere: dict[str, Any] = {}
    if new.get("function"):
        elsewhere = {"url": "", "header": ""}
    elif new.get("url"):
        elsewhere = {"function": ""}
    return {**saved, **elsewhere, **new}


def _function(text: str) -> str:
    names = contents(current_panel().app)
    if text and text not in names:
        raise Refused(NO_FUNCTION, {"names": ", ".join(names) or "-"})
    return text


def _no_url(text: str) -> str:
    if text:
        raise Refused(ONE_SOURCE)
    return ""
