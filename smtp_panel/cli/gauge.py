"""What was sent lately, against what the mail server lets through, for the terminal (SPEC M5)."""

from __future__ import annotations

from typing import Any

from flask_babel import format_decimal, gettext

from smtp_panel.outbox.gauge import Gauge, gauges
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.language import when
from smtp_panel.words import N_

SENT = {
    "minute": N_("Messages in the last minute: %(sent)s"),
    "hour": N_("Recipients in the last hour: %(sent)s"),
    "day": N_("Recipients in the last 24 hours: %(sent)s"),
}
SENT_AT_MOST = {
    "minute": N_("Messages in the last minute: %(sent)s of at most %(most)s"),
    "hour": N_("Recipients in the last hour: %(sent)s of at most %(most)s"),
    "day": N_("Recipients in the last 24 hours: %(sent)s of at most %(most)s"),
}
GOES_ON = N_("Mail goes on:")


def sent_lately() -> list[Gauge]:
    """The gauges of the settings in force."""
    session = db.session()
    return gauges(session.connection(), current_panel().account(session), utcnow())


def facts_of(gauge: Gauge) -> dict[str, Any]:
    """A gauge as JSON data; times in UTC (RFC 3339)."""
    goes_on = gauge.goes_on_at
    return gauge.facts() | {"goes_on_at": goes_on.isoformat() if goes_on else None}


def in_words(gauge: Gauge) -> str:
    """What was sent in the last minute, hour or day, and what may be at most."""
    limit = gauge.limit if gauge.limit and gauge.limit.is_kept else None
    texts = SENT_AT_MOST if limit else SENT
    most = format_decimal(limit.value) if limit else ""
    line = gettext(texts[gauge.span], sent=format_decimal(gauge.sent), most=most)
    goes_on = gauge.goes_on_at
    return f"{line} ({gettext(GOES_ON)} {when(goes_on)})" if goes_on else line
