"""`smtp-panel serve`: the panel on HOST and PORT, until it is told to end."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace

from smtp_panel.app import first_admin_link, panel_app, start, startup_errors
from smtp_panel.config import ConfigError
from smtp_panel.config.kinds import whole
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.panel import Panel
from smtp_panel.server import CannotListen, Server
from smtp_panel.storage import StorageError, db

BAD_INPUT = 2
NOT_STARTED = 1


def serve() -> int:
    """Serve until SIGTERM or SIGINT, which raise SystemExit.

    If it can't start, it prints why in a sentence and returns the exit code: 2 for a variable that
    can't be used, 1 for anything else.
    """
    try:
        host, port = listen_address(os.environ)
        app = panel_app()
        server = Server(app, host, port)
        panel: Panel = app.extensions[EXTENSION]
        panel = replace(panel, url=panel.url or server.url)
        app.extensions[EXTENSION] = panel
    except ConfigError as error:
        return _refuse(error, BAD_INPUT)
    except (StorageError, CannotListen) as error:
        return _refuse(error, NOT_STARTED)

    def begin() -> None:
        with startup_errors():
            start(app)

    def announce() -> None:
        link = first_admin_link(app, panel.url)
        print(f"SMTP Panel is ready at {server.url}", flush=True)
        if link:
            print(f"Create the first admin by this link, which works once: {link}", flush=True)

    with app.app_context():
        db.engine.dispose()  # a connection belongs to one process
    server.serve(begin, announce)
    return 0


def listen_address(environ: Mapping[str, str]) -> tuple[str, int]:
    """HOST and PORT, by default 127.0.0.1 and 8000; raises ConfigError."""
    host = environ.get("HOST", "").strip() or "127.0.0.1"
    text = environ.get("PORT", "").strip() or "8000"
    try:
        return host, whole(0, 65535).parse(text)
    except ValueError as error:
        raise ConfigError("PORT", f"can't be {text!r}: {error}") from error


def _refuse(reason: Exception, code: int) -> int:
    print(f"SMTP Panel can't start. {reason}", file=sys.stderr)
    return code
