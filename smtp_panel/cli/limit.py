"""`smtp limit`: whether a limit of the mail server is kept to (SPEC M5, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from smtp_panel.cli import gauge
from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.panel import COMMAND_LINE, panel
from smtp_panel.outbox import handling
from smtp_panel.outbox.account_limits import SPANS
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing


@click.command("limit")
@click.argument("span", type=click.Choice(list(SPANS)), help="The time for which it is.")
@click.argument(
    "decision",
    type=click.Choice(["lift", "keep"]),
    help="Send regardless of it, until the server itself refuses again; or keep to it again.",
)
@json_option
@with_appcontext
def limit(span: str, decision: str, as_json: bool) -> None:
    """Say whether the limit for a minute, an hour or a day is kept to."""
    decide = handling.lift_limit if decision == "lift" else handling.keep_limit
    with panel():
        with writing(db.session) as session:
            decide(session, current_panel().account(session), SPANS[span], COMMAND_LINE)
        found = {each.span: each for each in gauge.sent_lately()}
        say(gauge.in_words(found[span]), as_json=as_json, **found[span].facts())
