"""`smtp-panel`, or `python -m smtp_panel`: the commands of the panel, and `serve`."""

from __future__ import annotations

import sys

from flask.cli import FlaskGroup

from smtp_panel.app import command_app
from smtp_panel.serve import serve

main = FlaskGroup(
    name="smtp-panel",
    help="SMTP Panel: serve it, or command it from a terminal.",
    create_app=command_app,
    add_default_commands=False,
    add_version_option=False,
)


@main.command("serve", help="Serve the panel on HOST and PORT (127.0.0.1 and 8000).")
def serve_panel() -> None:
    """Serve it, and end with its exit code."""
    sys.exit(serve())


if __name__ == "__main__":
    main(prog_name="smtp-panel")
