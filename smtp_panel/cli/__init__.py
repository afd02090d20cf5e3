"""The command line: the same services for the terminal."""

from __future__ import annotations

from flask import Flask

from smtp_panel.cli.panel import OpenPanel, offer
from smtp_panel.cli.smtp import smtp
from smtp_panel.cli.users import users


def init_app(app: Flask, open_panel: OpenPanel | None = None) -> None:
    """Add the commands to those of `app`; `open_panel` opens the panel for those that need it."""
    app.cli.add_command(users)
    app.cli.add_command(smtp)
    if open_panel:
        offer(app, open_panel)
