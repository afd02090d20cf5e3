"""The WSGI application, for any server, and for the commands of `flask --app wsgi`.

Importing it starts the panel, for most servers do nothing else before the first request, and what
waits in the outbox can't wait for that. Only a command must not start anything, and needs no
database perhaps: so Flask is asked which command it imports this for. An `application` that is made
when it is looked up would spare that, but mod_wsgi and uWSGI read the dictionary of the module, and
commands that are plug-ins of `flask` would be there for every other application as well.
"""

from __future__ import annotations

import sys

from smtp_panel.app import command_app, create_app, lacks_admin, startup_errors
from smtp_panel.cli import SERVING, command_of_flask

NO_ADMIN = (
    "No admin can sign in yet. Make a link for one:"
    " flask --app wsgi users create --role admin --email ADDRESS"
)

with startup_errors():
    command = command_of_flask()
    # One of the panel's own opens the panel where it needs it.
    application = command_app() if command == "" else create_app()
    if command in SERVING and lacks_admin(application):
        print(NO_ADMIN, file=sys.stderr)
