"""A test alert: whether the webhook would take a real one (SPEC W8)."""

from __future__ import annotations

from smtp_panel.alerts.delivery import new_key
from smtp_panel.alerts.event import AlertEvent, AlertType, Outage
from smtp_panel.alerts.installation import Located, installation_of
from smtp_panel.alerts.webhook import Webhook
from smtp_panel.storage import utcnow
from smtp_panel.words import N_

ARRIVED = N_("The test alert has arrived: the webhook took it.")
NOT_ARRIVED = N_(
    "The test alert did not arrive. %(why)s Check the receiver and SMTP_PANEL_ALERT_WEBHOOK, and"
    " send it again."
)


def send_test_alert(panel: Located, webhook: Webhook) -> None:
    """Send an alert to `webhook` that is no outage; raises NotTold where it was not taken.

    It waits for the network, so no transaction may be open.
    """
    installation, now = installation_of(panel), utcnow()
    facts = Outage(
        installation=installation.name,
        since=now,
        cause="",
        remedy="",
        node="",
        waiting=0,
        url=installation.page("/admin/mail"),
    )
    webhook.post(new_key(), AlertEvent(AlertType.TEST, now, facts))
