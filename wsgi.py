"""The WSGI application: `gunicorn wsgi` serves it, `flask --app wsgi` runs its commands."""

from __future__ import annotations

import os
import sys

import click
from flask.cli import ScriptInfo

from smtp_panel.app import bare_app, furnish, lacks_admin, start
from smtp_panel.config import Config, ConfigError, unknown_variables
from smtp_panel.sandbox import SandboxError
from smtp_panel.storage import StorageError

GIVE_UP = 3  # the exit code after which gunicorn does not try again
NO_ADMIN = (
    "No admin can sign in yet. Make a link for one:"
    " flask --app wsgi users create --role admin --email ADDRESS"
)

context = click.get_current_context(silent=True)
command = context if context and context.find_object(ScriptInfo) else None

try:
    application = bare_app()
    # Flask's own commands, such as `routes`, come here in a context of their own. The panel's
    # come from above it, and furnish the application where they need more than it is.
    if command is None or command.parent:
        furnish(application, Config.from_environ(os.environ))
    if command is None:  # a server
        start(application)
        for hint in unknown_variables(os.environ) + [NO_ADMIN] * lacks_admin(application):
            print(hint, file=sys.stderr)
except (ConfigError, StorageError, SandboxError) as error:
    print(f"SMTP Panel can't start. {error}", file=sys.stderr)
    raise SystemExit(GIVE_UP) from None
