"""The span of time of a limit, as a server names it: per hour, daily, in 24 hours."""

from __future__ import annotations

import re

from smtp_panel.diagnosis.instructions import Unit

A_MINUTE = r"(?:min(?:ut[eo])?|60 ?s(?:ec(?:ond)?s?)?)"
A_DAY = r"(?:day|24[ -]?h(?:ours?|rs?)?|tag|jour|d[ií]a)"
AN_HOUR = r"(?:hour|h|1 hour|60 min(?:utes)?|stunde|heure|hora)"
EACH = r"(?:\b(?:per|an?|one|each|every|this|last|past|pro|par|por)[ -]|/ ?)"
# The codes are those of Google (5.4.5) and of Microsoft 365 (5.1.90, 5.7.232, 5.7.233) for what is
# sent in a day.
_QUOTAS = {
    Unit.DAY: re.compile(
        rf"\b(?:daily|today)\b|{EACH}{A_DAY}\b|\b24[ -]?h(?:ours?|rs?)?\b"
        r"|\b5\.4\.5\b|\b5\.1\.90\b|\b5\.7\.23[23]\b|SubmissionQuotaExceeded"
        r"|\btages|quotidien|giornalier|diari[oa]|denni|dzienn|dagelijks|per dag\b"
        r"|сут(?:ки|ок)\b|в день|[1一每当今當]\s?[日天]",
        re.IGNORECASE,
    ),
    Unit.HOUR: re.compile(
        rf"\bhourly\b|{EACH}{AN_HOUR}\b|\b1 hour\b|\b60 min(?:utes)?\b"
        r"|\bstunden|orari[oa]|horaire|godzin|(?:в|за) час|[1一每]\s?(?:時間|小时|小時)",
        re.IGNORECASE,
    ),
}
_SPEED = re.compile(rf"{EACH}(?:{A_MINUTE}|sec(?:ond)?|s)\b", re.IGNORECASE)


def quota_in(words: str) -> Unit | None:
    """The day or hour for which `words`, a reply, name a limit; None where they name neither."""
    return next((unit for unit, named in _QUOTAS.items() if named.search(words)), None)


def span_in(words: str) -> Unit | None:
    """The same, else the minute for a limit of seconds or minutes."""
    return quota_in(words) or (Unit.MINUTE if _SPEED.search(words) else None)
