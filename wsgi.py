"""The WSGI application: `gunicorn wsgi` serves it, `flask --app wsgi` runs its commands."""

from __future__ import annotations

import click

from smtp_panel.app import create_app, start

application = create_app()
if click.get_current_context(silent=True) is None:  # a server, not a command
    start(application)
