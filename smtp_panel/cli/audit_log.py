"""`smtp audit`: who did what and when, as the terminal reads it (SPEC V5, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel import audit
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.cli.command import json_option, most_option, print_json, stamp
from smtp_panel.cli.panel import panel
from smtp_panel.smtp.text import printable
from smtp_panel.storage import LARGEST_ID, db
from smtp_panel.telling.entries import entry_facts, note_of


@click.command("audit")
@click.option(
    "--before",
    type=click.IntRange(1, LARGEST_ID),
    metavar="ID",
    help="Only those older than the entry of this id.",
)
@click.option(
    "--action",
    type=click.Choice([each.value for each in AuditAction]),
    metavar="ACTION",
    help="Only those of this action, such as key.created.",
)
@click.option("--actor", metavar="NAME", default="", help="Only those of whoever is called so.")
@most_option
@json_option
@with_appcontext
def audit_log(before: int | None, action: str | None, actor: str, most: int, as_json: bool) -> None:
    """Print the newest entries of the audit log, the newest first."""
    chosen = AuditAction(action) if action else None
    with panel():
        found = audit.page(db.session(), before=before, limit=most, action=chosen, actor=actor)
        if as_json:
            print_json({"entries": [entry_facts(each) for each in found]})
            return
        for each in found:
            who = f"{each.actor or gettext('unknown')} {each.address}".rstrip()
            line = f"{each.id}  {stamp(each.at)}  {who}  {each.action}  {_what(each)}"
            click.echo(printable(line.rstrip()))


def _what(entry: AuditEntry) -> str:
    """What was changed, and why, on one line; a secret only as changed."""
    changes = [
        f"{name}: {'' if old is None else f'{old} -> '}{'-' if new is None else new}"
        for name, (old, new) in entry.changes.items()
    ]
    return " ".join([*"; ".join(changes).split(), *note_of(entry).split()])
