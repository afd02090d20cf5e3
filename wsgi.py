"""The WSGI application, for any server, and for the commands of `flask --app wsgi`."""

from __future__ import annotations

import sys

from smtp_panel.app import command_app, create_app, lacks_admin, start, startup_errors
from smtp_panel.cli import command_of_flask

NO_ADMIN = (
    "No admin can sign in yet. Make a link for one:"
    " flask --app wsgi users create --role admin --email ADDRESS"
)

command = command_of_flask()
with startup_errors():
    application = command_app() if command == "" else create_app()
    if command in (None, "run"):
        start(application)
        if lacks_admin(application):
            print(NO_ADMIN, file=sys.stderr)
