"""`users notices`: what an admin is told by mail (SPEC M1, W8, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.access import users as accounts
from smtp_panel.alerts.notices import choose, wanted_by
from smtp_panel.cli import completion
from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.completion import offering
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.mail.occasions import NOTICES
from smtp_panel.storage import db, writing
from smtp_panel.words import N_

NO_ADMIN = N_("There is no admin with the mail address %(email)s.")
TOLD = N_("%(email)s is told by mail: %(kinds)s.")
NOTHING = N_("%(email)s is told nothing by mail.")


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
    with panel(), writing(db.session) as session:
        if only and nothing:
            raise click.UsageError(gettext("Choose one of --only and --none."))
        user = accounts.find(session, email)
        if user is None or not user.is_admin:
            raise BadInput(gettext(NO_ADMIN, email=email))
        if only or nothing:
            choose(session, user.id, only)
            session.flush()
        wanted = sorted(wanted_by(session, user.id))
        told = gettext(TOLD if wanted else NOTHING, email=email, kinds=", ".join(wanted))
    say(told, as_json=as_json, email=email, notices=wanted)
