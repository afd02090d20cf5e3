"""The page of the relay: what to enter in another program, and what came by it (SPEC M2)."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import require_admin
from smtp_panel.outbox.listing import handed_over
from smtp_panel.panel import current_panel
from smtp_panel.relay.service import relay_port
from smtp_panel.storage import db, utcnow
from smtp_panel.web.outbox import MESSAGE_STATES, PICTURES

MOST = 10  # messages

relay = Blueprint("relay", __name__, url_prefix="/admin/relay")
relay.before_request(require_admin)


@relay.get("")
def page() -> ResponseReturnValue:
    """Where the relay is, and the newest messages of programs."""
    panel = current_panel()
    address = ip_address(panel.config.relay_host)
    return render_template(
        "relay/page.html",
        config=panel.config,
        host="" if address.is_unspecified else str(address),
        in_the_clear=address.is_loopback,
        port=relay_port(panel.config),
        saved_from=panel.addresses.sender,
        messages=handed_over(db.session.connection(), MOST),
        states=MESSAGE_STATES,
        state_pictures=PICTURES,
        now=utcnow(),
    )
