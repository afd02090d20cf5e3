"""What was sent lately, against what the mail server lets through, for the terminal (SPEC M5)."""

from __future__ import annotations

from flask_babel import format_decimal, gettext

from smtp_panel.outbox.gauge import Gauge, gauges
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.language import when
from smtp_panel.words import N_

MESSAGES = {
    "minute": N_("Messages in the last minute: %(sent)s"),
    "hour": N_("Messages in the last hour: %(sent)s"),
    "day": N_("Messages in the last 24 hours: %(sent)s"),
}
RECIPIENTS = {
    "hour": N_("Recipients in the last hour: %(sent)s"),
    "day": N_("Recipients in the last 24 hours: %(sent)s"),
}
AT_MOST = N_("%(sent)s of at most %(most)s")
GOES_ON = N_("Mail goes on:")
VARIES = N_("%(provider)s documents %(most)s for some accounts; mail does not wait for that.")


def sent_lately() -> list[Gauge]:
    """The gauges of the settings in force."""
    session = db.session()
    return gauges(session.connection(), current_panel().account(session), utcnow())


def in_words(gauge: Gauge) -> str:
    """What was sent in the last minute, hour or day, and what may be at most."""
    limit, texts = gauge.limit, MESSAGES if gauge.of_messages else RECIPIENTS
    most = format_decimal(limit.value) if limit else ""
    line = gettext(texts[gauge.span], sent=format_decimal(gauge.sent))
    if limit and limit.is_kept:
        line = gettext(AT_MOST, sent=line, most=most)
    if gauge.goes_on_at:
        return f"{line} ({gettext(GOES_ON)} {when(gauge.goes_on_at)})"
    if limit and limit.varies and not limit.lifted_by:
        return f"{line} ({gettext(VARIES, provider=limit.documented_by, most=most)})"
    return line
