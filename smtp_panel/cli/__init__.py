"""The command line: the same services for the terminal."""

from __future__ import annotations

from flask import Flask

from smtp_panel.cli.panel import Furnish, offer
from smtp_panel.cli.smtp import smtp
from smtp_panel.cli.users import users


def init_app(app: Flask, furnish: Furnish | None = None) -> None:
    """Add the commands to `flask --app wsgi`; `furnish` makes the panel for those that need it."""
    app.cli.add_command(users)
    app.cli.add_command(smtp)
    if furnish:
        offer(app, furnish)
