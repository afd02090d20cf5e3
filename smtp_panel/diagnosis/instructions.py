"""What the server itself says: why, what to do, how long to wait, where to read, whom to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from smtp_panel.smtp.text import one_line


class Unit(StrEnum):
    """A unit of time."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600, Unit.DAY: 86400}
LONGEST_WAIT = 7 * SECONDS[Unit.DAY]  # more than that is no advice
_NUMBER = r"(?P<number>\d{1,6}(?:\.\d{1,4})?)"
_UNITS = {
    Unit.SECOND: r"s|secs?|seconds?|seg(?:undos)?|sekunden?|secondes?|秒",
    Unit.MINUTE: r"m|mins?|minutes?|minutos?|minuten|minuti|минут\w?|分|分钟|分鐘",
    Unit.HOUR: r"h|hrs?|hours?|heures?|horas?|stunden?|ore|час\w{0,2}|時間|小时|小時",
    Unit.DAY: r"d|days?|jours?|d[ií]as?|tage?n?|дн\w{1,2}|日|天",
}
_UNIT = "|".join(f"(?P<{unit}>{words})" for unit, words in _UNITS.items())
# A number of seconds is advice only where the words say that it is one: "in", "after", "wait".
_BEFORE = (
    r"\b(?:in|after|for|wait|within|(?:b?lock|bann|suspend)ed|en|dans|nach|apr[eè]s|dentro de|tra"
    r"|через)"
    r"(?: (?:at least|about|another|the next|approximately))?[: ]{1,3}"
)
_AFTER = r"\s*(?:后|後|以上|之后|之後)"
_CLOCK = re.compile(r"\b(?:in|after|for|wait)[: ]{1,3}(\d{1,2}):(\d{2}):(\d{2})\b", re.IGNORECASE)
# A span after what was counted or tried in it is none to wait: "10 messages in 5 minutes".
_COUNTED = re.compile(
    r"\b(?:deliver\w*|received|sent|sends?|seen|made|messages?|e?-?mails?|recipients?|connections?"
    r"|attempts?|logins?|requests?|failures?|errors?)\W{0,3}$",
    re.IGNORECASE,
)
_SPELT = re.compile(
    rf"{_BEFORE}{_NUMBER}[ -]?(?:{_UNIT})(?![\w-])",
    re.IGNORECASE,
)
_EASTERN = re.compile(rf"{_NUMBER}\s?(?:{_UNIT}){_AFTER}")
# A date, perhaps with the time of day, as RFC 5322 or ISO 8601 write it; or a time alone, with its
# zone.
_MOMENT = (
    r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4}(?: \d\d:\d\d(?::\d\d)?)?"
    r"(?: [A-Z]{2,4}\b| [+-]\d{4})?"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?"
    r"(?: ?(?:[A-Z]{1,4}\b|[+-]\d\d:?\d\d))?)?"
    r"|\d{1,2}:\d\d(?::\d\d)? ?(?:UTC|GMT|[A-Z]{2,4}T)\b"
)
_UNTIL = re.compile(
    rf"\b(?i:until|till|after|not before|(?:again|retry) at|resets? (?:at|on)|bis|ab dem"
    rf"|jusqu\S{{1,4}}|hasta|fino al?|после|до)[: ]{{1,3}}(?P<moment>{_MOMENT})"
)
# An OAuth scope looks like an address of a page, and is none (RFC 7628, section 3.2.2).
_LINK = re.compile(
    r"(?<!\"scope\":\")(?:https?://|\bwww\.)[^\s<>\"'\[\]{}|\\^`]{4,300}", re.IGNORECASE
)
_TO_WRITE = (
    r"\b(?:contact\w*|e-?mail|write|ask|(?:report|forward|reach|register|notify)\w*|send\b[^@\n]{0,40}\bto|kontakt\w*|wenden|schreiben"
    r"|contatt\w+|escrib\w+|обратитесь|напишите|пишите)\b|联系|聯絡|連絡|問い合わせ"
)
_CONTACT = re.compile(
    rf"(?:{_TO_WRITE})[^@\n]{{0,60}}?(?<![\w.+-])"
    r"(?P<address>[a-z0-9_.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)",
    re.IGNORECASE,
)
QUOTED = 180  # characters of the server's words that are repeated in a sentence
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+")
_REQUEST = re.compile(
    r"\b(?:please|kindly|bitte|veuillez|you (?:must|need to|have to|should|may need to))\b"
    r"|(?:^|[:,] )(?:use|enable|activate|contact(?!@)|create|add|set|change|ensure|make sure|verify"
    r"|upgrade|configure|(?:log|sign) in (?:to|at|via|with)|register|confirm|complete|reduce"
    r"|include|remove|switch)\b",
    re.IGNORECASE,
)
# What every server says, and marks: a request of nothing else is not worth repeating.
_COMMONPLACE = re.compile(
    r"(?:https?://|www\.)\S*|\S*\d\S*"
    r"|\b(?:please|kindly|try|again|retry|later|resend|wait|after|some ?time|time|seconds"
    r"|minutes|hours|check|verify|enter|re-?enter|use|your|you|the|a|an|and|or|to|with|for|from"
    r"|it|this|in|at|on|lhlo|ehlo|helo"
    r"|log ?in|sign|via|need|must|should|have|valid|correct|right|proper|user|user ?name|name"
    r"|password|credentials?|login|details|e-?mail|address|account|contact|support|mail|system"
    r"|server|admin\w*|visit|see|go|read|refer|learn|more|info\w*|authenticate|first|before"
    r"|sending|messages?|auth\w*|bitte|spater|später|erneut|versuchen|sie|es|veuillez)\b",
    re.IGNORECASE,
)
_TO_A_PAGE = re.compile(
    r"[\s,;(<-]*(?:\b(?:please|for|learn|to|more|further|additional|visit|see|go|read|refer|check"
    r"|about|this|at|here|info\w*|details?|help|on|or|and)\b[\s,:.;-]*){0,9}"
    r"(?:https?://|www\.).*",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"^(?:error: |sorry,? |\d\.\d{1,3}\.\d{1,3} |[0-9a-f-]{12,} )+"
    r"|\s*\[[^\]]*\]$|\s+\S+ - gsmtp$",
    re.IGNORECASE,
)
# Words that only say again that something was refused.
_REFUSED = re.compile(
    r"<[^>]*>|\b(?:mail|message|command|data|transaction|request\w*|access|permission|delivery"
    r"|service|action|rejected|refused|denied|failed|failure|error|aborted|not|taken|accepted"
    r"|allowed|permanently|was|has|been|is|your|this|the|no|sorry|end-of-message|end-of-data)\b",
    re.IGNORECASE,
)

# RFC 1918, as a server quotes the address from which it was called.
_PRIVATE = re.compile(
    r"(?<![\d.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}(?![\d.]*\d)"
)
_SENT_TO = re.compile(
    r"\b(?:visit|see|refer to|learn more|more (?:info\w*|details)|documentation|instructions)\b"
    r"[^/\n]{0,80}?(https?://\S+)",
    re.IGNORECASE,
)
_ENTRA_CODE = re.compile(r"\bAADSTS(\d{4,8})\b")
_SENDING_PORT = re.compile(r"(?<![\d.:-])(?:587|465|2525)(?![\d.:-]*\d)")
_HOST = re.compile(
    r"(?<!blocked )(?<!listed )(?<!rejected )(?<!denied )"  # "blocked using" a list
    r"\b(?:use|using|try|instead|is now|(?:move|migrate|connect|switch|change|submit)d?\w* to"
    r"|verwenden|utili[sz]\w+)\b[: ]{1,2}"
    r"(?:(?:the|our|your|smtp|mail|relay|new|outgoing|host|server|instead)[: ]{1,2}){0,4}[<'\"]?"
    r"(?P<host>(?:smtp|mail|e?mail|relay|out|send|submi|mx|auth)[a-z0-9-]*"
    r"(?:\.[a-z0-9-]{1,63}){1,6}\.?[a-z]{2,24})(?![\w@/[-]|\.\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wait:
    """A time to wait, as the server names it: `number` is digits, perhaps with a decimal point."""

    number: str
    unit: Unit

    @property
    def seconds(self) -> float:
        """The same in seconds."""
        return float(self.number) * SECONDS[self.unit]


def wait_in(words: str) -> Wait | None:
    """How long `words`, a reply, say to wait before another attempt; None where they don't."""
    if clock := _CLOCK.search(words):
        hours, minutes, seconds = map(int, clock.groups())
        return _sensible(Wait(str(hours * 3600 + minutes * 60 + seconds), Unit.SECOND))
    spelt = (each for each in _SPELT.finditer(words) if not _COUNTED.search(words[: each.start()]))
    for found in filter(None, (next(spelt, None), _EASTERN.search(words))):
        unit = next(unit for unit in Unit if found[unit.value])
        return _sensible(Wait(found["number"], unit))
    return None


def moment_in(words: str) -> str:
    """Until when `words`, a reply, say to wait, as they write it; empty where they don't."""
    found = _UNTIL.search(words)
    return found["moment"] if found else ""


def link_in(words: str, server: str = "") -> str:
    """The first web address in `words`, a reply of `server`, whose own name is none; else empty."""
    found = (match[0].rstrip(".,;:!?)") for match in _LINK.finditer(words))
    return next((link for link in found if link.lower() != server.lower()), "")


def without_links(words: str) -> str:
    """`words`, a reply, without the web addresses, whose names say nothing of the reason."""
    return _LINK.sub(" ", words)


def advised_page_in(words: str) -> str:
    """The web address that `words` send the reader to; others, such as a scope, are no advice."""
    found = _SENT_TO.search(words)
    return link_in(found[1]) if found else ""


def entra_page_of(words: str) -> str:
    """Where Microsoft explains the first of its codes in `words`; empty where there is none."""
    found = _ENTRA_CODE.search(words)
    return f"https://login.microsoftonline.com/error?code={found[1]}" if found else ""


def host_in(words: str, server: str) -> str:
    """The mail server that `words`, a reply of `server`, say to use instead; else empty."""
    found = (match["host"].lower() for match in _HOST.finditer(words))
    return next((host for host in found if host != server.lower()), "")


def ports_in(words: str, port: int) -> list[str]:
    """The ports for sending that `words`, a reply at `port`, name, as they come."""
    return [each for each in dict.fromkeys(_SENDING_PORT.findall(words)) if each != str(port)]


def contact_in(words: str, *ours: str) -> str:
    """The address to which `words`, a reply, say to write; empty where there is none.

    `ours` are the addresses of the message itself, which are never meant.
    """
    found = (match["address"] for match in _CONTACT.finditer(words))
    return next((address for address in found if address.lower() not in map(str.lower, ours)), "")


def private_address_in(words: str) -> str:
    """The private address that `words`, a reply, name; empty where there is none."""
    found = _PRIVATE.search(words)
    return found[0] if found else ""


def request_in(words: str) -> str:
    """What `words`, a reply, ask for beyond what all servers do; empty where there is nothing."""
    for sentence in _SENTENCE_ENDS.split(_MARKS.sub("", one_line(words, 4 * QUOTED))):
        found = _REQUEST.search(sentence)
        if found and re.search(r"[^\W\d_]{3,}", _COMMONPLACE.sub("", sentence[found.start() :])):
            return one_line(sentence[found.start() :].strip(' ,:.;!-"'), QUOTED)
    return ""


def reason_in(words: str) -> str:
    """Why `words`, a reply, refuse: without marks, hosts and the pages they link to.

    Empty where they only say again that something is refused.
    """
    line = one_line(words, 4 * QUOTED)
    reason = _MARKS.sub("", _TO_A_PAGE.sub("", line) if link_in(line) else line).strip(' ,:.;-"')
    return one_line(reason, QUOTED) if re.search(r"\w", _REFUSED.sub("", reason)) else ""


def _sensible(wait: Wait) -> Wait | None:
    return wait if 0 < wait.seconds <= LONGEST_WAIT else None
