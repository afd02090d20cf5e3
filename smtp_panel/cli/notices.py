"""`users notices`: what an admin is told by mail (SPEC M1, W8, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from smtp_panel.access import users as accounts
from smtp_panel.alerts.notices import choose, wanted_by
from smtp_panel.cli import completion
from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.completion import offering
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.mail.occasions import NOTICES
from smtp_panel.storage import db, writing


@click.command("notices")
@click.option(
    "--email",
    required=True,
    help="The mail address of the admin.",
    shell_complete=offering(completion.accounts),
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([kind.id for kind in NOTICES]),
    help="Tell them this, and nothing that is not named so; again for more.",
)
@click.option("--none", "nothing", is_flag=True, help="Tell them nothing.")
@json_option
@with_appcontext
def notices(email: str, only: tuple[str, ...], nothing: bool, as_json: bool) -> None:
    """Print or choose what an admin is told by mail."""
    if only and nothing:
        raise click.UsageError("Choose one of --only and --none.")
    with panel(), writing(db.session) as session:
        user = accounts.find(session, email)
        if user is None or not user.is_admin:
            raise BadInput(f"There is no admin with the mail address {email}.")
        if only or nothing:
            choose(session, user.id, only)
            session.flush()
        wanted = sorted(wanted_by(session, user.id))
    told = ", ".join(wanted) or "nothing"
    say(f"{email} is told by mail: {told}.", as_json=as_json, email=email, notices=wanted)
