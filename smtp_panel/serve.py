"""`python -m smtp_panel`: the panel as one process that needs no other."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from smtp_panel.app import create_app, first_admin_link, start
from smtp_panel.config import Config, ConfigError, unknown_variables
from smtp_panel.config.kinds import whole
from smtp_panel.sandbox import SandboxError
from smtp_panel.server import CannotListen, Server
from smtp_panel.storage import StorageError

BAD_INPUT = 2
NOT_STARTED = 1


def main() -> int:
    """Serve the panel on HOST and PORT until it is told to end; give the exit code.

    2 for a variable that can't be used, 1 where the machine does not allow the start; either with
    one sentence that says why.
    """
    try:
        for sentence in unknown_variables(os.environ):
            print(sentence, file=sys.stderr)
        host, port = listen_address(os.environ)
        app = create_app(Config.from_environ(os.environ))
        server = Server(app, host, port)
        start(app)
        link = first_admin_link(app, server.url)
    except ConfigError as error:
        return _refuse(error, BAD_INPUT)
    except (StorageError, SandboxError, CannotListen) as error:
        return _refuse(error, NOT_STARTED)
    server.run(lambda: _announce(server.url, link))
    return 0


def listen_address(environ: Mapping[str, str]) -> tuple[str, int]:
    """HOST and PORT, by default 127.0.0.1 and 8000; raises ConfigError."""
    host = environ.get("HOST", "").strip() or "127.0.0.1"
    text = environ.get("PORT", "").strip() or "8000"
    try:
        return host, whole(0, 65535).parse(text)
    except ValueError as error:
        raise ConfigError("PORT", f"can't be {text!r}: {error}") from error


def _refuse(reason: Exception | str, code: int) -> int:
    print(f"SMTP Panel can't start. {reason}", file=sys.stderr)
    return code


def _announce(url: str, link: str | None) -> None:
    print(f"SMTP Panel is ready at {url}", flush=True)
    if link:
        print(f"Create the first admin by this link, which works once: {link}", flush=True)
