"""`smtp-panel`, or `python -m smtp_panel`: the commands of the panel, and `serve`."""

from __future__ import annotations

import sys

import click
from flask.cli import ScriptInfo

from smtp_panel.app import command_app
from smtp_panel.cli import COMMANDS
from smtp_panel.cli.command import JsonGroup
from smtp_panel.serve import serve


@click.group("smtp-panel", cls=JsonGroup, commands=COMMANDS)
@click.pass_context
def main(context: click.Context) -> None:
    """SMTP Panel: serve it, or command it from a terminal."""
    context.obj = ScriptInfo(create_app=command_app)


@main.command("serve", cls=click.Command, with_appcontext=False)
def serve_panel() -> None:
    """Serve the panel on HOST and PORT (127.0.0.1 and 8000)."""
    sys.exit(serve())


if __name__ == "__main__":
    main(prog_name="smtp-panel")
