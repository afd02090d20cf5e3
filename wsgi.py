"""The WSGI application, for any server, and for the commands of `flask --app wsgi`."""

from __future__ import annotations

import os
import signal
import sys
import threading

import click
from flask.cli import ScriptInfo

from smtp_panel.app import command_app, create_app, lacks_admin, start, startup_errors
from smtp_panel.config import unknown_variables

NO_ADMIN = (
    "No admin can sign in yet. Make a link for one:"
    " flask --app wsgi users create --role admin --email ADDRESS"
)


def end_in_order_at_sigterm() -> None:
    """Let SIGTERM end the process as its last line would, where the server has no way of its own.

    Only the main thread may say what a signal does.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())


# Flask's command line imports this for each of its commands, of which `run` alone serves. Its own
# ask for the application in a context of theirs; the panel's are looked for before they have one.
context = click.get_current_context(silent=True)
flask = context if context and context.find_object(ScriptInfo) else None

with startup_errors():
    application = create_app() if flask is None or flask.parent else command_app()
    if flask is None or flask.info_name == "run":
        start(application)
        end_in_order_at_sigterm()
        for hint in unknown_variables(os.environ) + [NO_ADMIN] * lacks_admin(application):
            print(hint, file=sys.stderr)
