"""The WSGI application: `gunicorn wsgi` serves it, `flask --app wsgi` runs its commands."""

from __future__ import annotations

import os
import sys

import click

from smtp_panel.app import create_app, lacks_admin, start
from smtp_panel.config import ConfigError, unknown_variables
from smtp_panel.sandbox import SandboxError
from smtp_panel.storage import StorageError

GIVE_UP = 3  # the exit code after which gunicorn does not try again
NO_ADMIN = (
    "No admin can sign in yet. Make a link for one:"
    " flask --app wsgi users create --role admin --email ADDRESS"
)

try:
    application = create_app()
    if click.get_current_context(silent=True) is None:  # a server, not a command
        start(application)
        for hint in unknown_variables(os.environ) + [NO_ADMIN] * lacks_admin(application):
            print(hint, file=sys.stderr)
except (ConfigError, StorageError, SandboxError) as error:
    print(f"SMTP Panel can't start. {error}", file=sys.stderr)
    raise SystemExit(GIVE_UP) from None
