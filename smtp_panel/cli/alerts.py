"""`smtp alert-test`: whether alerts reach the webhook (SPEC W8, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.alerts.told import NotTold
from smtp_panel.alerts.trial import ARRIVED, NOT_ARRIVED, send_test_alert
from smtp_panel.alerts.webhook import webhook_of
from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.panel import current_panel
from smtp_panel.telling.errors import error_in_words
from smtp_panel.words import N_

NO_WEBHOOK = N_("There is no webhook. SMTP_PANEL_ALERT_WEBHOOK names one.")


@click.command("alert-test")
@json_option
@with_appcontext
def alert_test(as_json: bool) -> None:
    """Send a test alert to the webhook."""
    with panel():
        webhook = webhook_of(current_panel().config)
        if webhook is None:
            raise BadInput(gettext(NO_WEBHOOK))
        try:
            send_test_alert(current_panel(), webhook)
        except NotTold as error:
            raise click.ClickException(
                gettext(NOT_ARRIVED, why=error_in_words(error.why))
            ) from None
        say(gettext(ARRIVED), as_json=as_json)
