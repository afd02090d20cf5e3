"""`smtp keep` and `smtp back`: whether the settings in force stay, or those before come back."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.panel import COMMAND_LINE, panel
from smtp_panel.cli.settings import refusals, tell_saved
from smtp_panel.panel import current_panel
from smtp_panel.settings import confirmation
from smtp_panel.storage import db, writing


@click.command("keep")
@json_option
@with_appcontext
def keep(as_json: bool) -> None:
    """Let settings that were saved with --confirm stay in force."""
    with panel():
        installation = current_panel()
        version = installation.saved(db.session()).version
        with refusals(), writing(db.session) as session:
            confirmation.confirm(session, installation.environment, version, by=COMMAND_LINE)
        say(gettext("These settings stay in force."), as_json=as_json, version=version)


@click.command("back")
@json_option
@with_appcontext
def back(as_json: bool) -> None:
    """Put the last settings that worked in force again, and check them."""
    with panel():
        installation = current_panel()
        version = installation.saved(db.session()).version
        with refusals():
            after = installation.go_back(COMMAND_LINE, version)
        tell_saved(installation, after, as_json=as_json)
