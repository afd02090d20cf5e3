"""What a server is known to take by its SIZE, and messages on either side of that."""

from __future__ import annotations

from flask import Flask

from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox import limits
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.panel import Panel
from smtp_panel.storage import db, utcnow, writing

MOST = 100_000  # octets
TOO_LONG = "A line of a report.\r\n" * 6000


def know_size(app: Flask, size: int | None = MOST) -> None:
    """Let it be known what the server of the settings in force takes, in octets."""
    panel: Panel = app.extensions[EXTENSION]
    with app.app_context(), writing(db.session) as session:
        account = panel.account(session)
        offered = {LimitKind.SIZE: size}
        limits.learn_offered(session.connection(), account.key, offered, now=utcnow())
