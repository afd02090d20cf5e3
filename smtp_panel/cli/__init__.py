"""The command line: the operations of the panel for the terminal."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import ScriptInfo

from smtp_panel.cli.keys import keys
from smtp_panel.cli.notices import notices
from smtp_panel.cli.panel import OpenPanel, offer
from smtp_panel.cli.smtp import smtp
from smtp_panel.cli.users import users

users.add_command(notices)
COMMANDS = (smtp, users, keys)
SERVING = frozenset({None, "run"})  # what `command_of_flask` gives where requests are answered


def init_app(app: Flask, open_panel: OpenPanel | None = None) -> None:
    """Add the commands to those of `app`; `open_panel` opens the panel for those that need it."""
    for command in COMMANDS:
        app.cli.add_command(command)
    if open_panel:
        offer(app, open_panel)


def command_of_flask() -> str | None:
    """For which command Flask's command line imports the application; None where a server does.

    It is the name of one of Flask's own, such as `run`, `shell` or `routes`, and "" while Flask
    looks for one of the panel's. The click context is the only sign that Flask gives; a server may
    run in one of another program's.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.find_object(ScriptInfo) is None:
        return None
    return context.info_name if context.parent else ""
