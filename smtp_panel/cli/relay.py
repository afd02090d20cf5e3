"""`smtp relay`: a mail server for programs that know nothing but SMTP (SPEC M2)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import ending
from smtp_panel.cli.panel import panel
from smtp_panel.panel import current_panel
from smtp_panel.relay.service import CannotRelay, Relay
from smtp_panel.words import N_

AFTER_IT = N_("Another process relays. This one does so once that has ended.")


@click.command("relay")
@with_appcontext
def relay() -> None:
    """Take mail by SMTP for the outbox, until SIGTERM or SIGINT.

    Where another process of this machine does so already, wait until that has ended.
    """
    with panel(), ending() as wait_for_end:
        running = Relay(current_panel())
        try:
            running.start()
        except CannotRelay as reason:
            raise click.ClickException(str(reason)) from reason
        if running.place:
            click.echo(gettext("The relay takes mail at %(place)s.", place=running.place))
        else:
            click.echo(gettext(AFTER_IT))
        wait_for_end()
        running.stop()
