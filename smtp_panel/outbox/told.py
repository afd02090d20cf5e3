"""What the refusal of a server that has had enough tells of its limits (SPEC M5, M7)."""

from __future__ import annotations

import re
from typing import NamedTuple

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.diagnosis.instructions import Unit, Wait
from smtp_panel.diagnosis.spans import A_DAY, A_MINUTE, AN_HOUR, EACH, quota_in
from smtp_panel.outbox.limit_model import LimitKind

HOUR = 3600  # seconds; who is to wait for longer has met a limit of a day

USED_UP = "policy-credits-used-up"
_MET = {
    "banner-421-too-many-connections": LimitKind.CONNECTIONS,
    "banner-message-quota": LimitKind.PER_MINUTE,
    "policy-m365-concurrent-connections": LimitKind.CONNECTIONS,
    "policy-gmail-daily-quota": LimitKind.PER_MINUTE,
    "policy-gmail-unsolicited-rate": LimitKind.PER_MINUTE,
    USED_UP: LimitKind.PER_MINUTE,
    "policy-connection-used-up": LimitKind.PER_CONNECTION,
}
_QUOTAS = {Unit.HOUR: LimitKind.PER_HOUR, Unit.DAY: LimitKind.PER_DAY}
_LONGER = re.compile(
    r"\bmonth|\bcredits?\b|\bbalance\b|\bfunds\b|monat|\bmois\b|mensuel|mensual|mensile|[1一]か月|月間",
    re.IGNORECASE,
)
_COUNT = r"(?P<most>\d{1,3}(?:[,.]\d{3})+|\d{1,7})(?![\d.]*\d)"
_OTHER = r"(?:re)?try|again|wait|[kmg]?i?b|[a-z]*bytes|(?:connect|session|log|fail|err|attempt)\w*"
_OF_WHAT = rf"(?: (?!(?:{_OTHER})\b)[a-z-]+){{0,2}}"


def _counted(unit: str) -> re.Pattern[str]:
    """So many in the time that `unit` stands for."""
    within = rf"(?:{EACH}|\b(?:in|within) (?:the )?(?:{EACH})?)"
    return re.compile(rf"(?<![\d.,]){_COUNT}{_OF_WHAT} ?{within}{unit}\b", re.IGNORECASE)


# The shortest time first: where a server names several, that one is met again and again.
_COUNTED = (
    (LimitKind.PER_MINUTE, Unit.SECOND, _counted(r"s(?:ec(?:ond)?)?")),
    (LimitKind.PER_MINUTE, Unit.MINUTE, _counted(A_MINUTE)),
    (LimitKind.PER_HOUR, Unit.HOUR, _counted(AN_HOUR)),
    (LimitKind.PER_DAY, Unit.DAY, _counted(A_DAY)),
)
_NUMBER = re.compile(
    rf"\b(?:limit|quota|max(?:imum)?)(?: (?:of|is|von|de|di))?[ :=(]{{1,3}}{_COUNT}"
    rf"|\b\d+/{_COUNT.replace('most', 'of')} \(",
    re.IGNORECASE,
)
_CODE = re.compile(r"^\d{3}[ -]")


class ToldLimit(NamedTuple):
    """So many messages or recipients in the time of a `kind` of limit, said by this `unit`."""

    kind: LimitKind
    number: int
    unit: Unit


def met(diagnosis: Diagnosis) -> LimitKind | None:
    """The limit that a failure is about, if it is about one that can be kept to.

    One that names no time is of speed, met again in the next minute, if at all; but for what is
    used up.
    """
    kind = _MET.get(diagnosis.id)
    if kind is not LimitKind.PER_MINUTE:
        return kind
    if rate := counted(diagnosis.server_says):
        return rate.kind
    if named := quota_in(diagnosis.server_says):
        return _QUOTAS[named]
    if diagnosis.id == USED_UP or _LONGER.search(diagnosis.server_says):
        return None
    wait = diagnosis.wait
    return LimitKind.PER_DAY if wait and wait.seconds > HOUR else kind


def has_enough(diagnosis: Diagnosis) -> bool:
    """Whether the server takes no more for an hour or longer, whatever is sent and how slowly."""
    of_messages = _MET.get(diagnosis.id) is LimitKind.PER_MINUTE
    return of_messages and met(diagnosis) is not LimitKind.PER_MINUTE


def is_of_a_limit(diagnosis: Diagnosis | None) -> bool:
    """Whether the server takes no more for now, as it says itself: no fault of a message."""
    return diagnosis is not None and (has_enough(diagnosis) or names_speed(diagnosis))


def number(diagnosis: Diagnosis) -> int:
    """The limit that the server names, in messages or recipients; 0 where it names none."""
    words = diagnosis.server_says
    if rate := counted(words):
        return rate.number
    found = _NUMBER.search(_CODE.sub("", words))
    return _whole(next(filter(None, found.groups()))) if found else 0


def counted(words: str) -> ToldLimit | None:
    """So many in so long a time, where the words of a server name both."""
    said = _CODE.sub("", words)
    for kind, unit, pattern in _COUNTED:
        if (found := pattern.search(said)) and (most := _whole(found["most"])):
            return ToldLimit(kind, 60 * most if unit is Unit.SECOND else most, unit)
    return None


def names_speed(diagnosis: Diagnosis) -> bool:
    """Whether the server says itself how many messages in a minute are not too many."""
    is_speed = met(diagnosis) is LimitKind.PER_MINUTE
    return is_speed and counted(diagnosis.server_says) is not None


def wait(diagnosis: Diagnosis) -> Wait | None:
    """How long the server says to wait, or the time of the speed that it names, which is over then.

    None where it says nothing of that.
    """
    rate = counted(diagnosis.server_says) if names_speed(diagnosis) else None
    return diagnosis.wait or (Wait("1", rate.unit) if rate else None)


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))
