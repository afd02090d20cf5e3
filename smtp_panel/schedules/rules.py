"""The rules of the fields of a schedule: pure functions, like those of the settings."""

from __future__ import annotations

import datetime
import difflib
import re
import string
from functools import cache, partial
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError
from email_validator import EmailNotValidError

from smtp_panel.net.address import is_loopback
from smtp_panel.schedules.timing import Timing
from smtp_panel.secret import Secret
from smtp_panel.settings.rules.library import validated
from smtp_panel.settings.rules.refusal import Refused, offering
from smtp_panel.settings.rules.server import mail_server
from smtp_panel.settings.rules.text import quoted, refuse_unseen, trimmed
from smtp_panel.settings.rules.web_address import LONGEST_URL, parts_of, url_of
from smtp_panel.words import N_, Marked

LONGEST_SCHEDULE_NAME = 200  # characters; of a subject too
LONGEST_CRON = 100  # characters
LONGEST_ZONE = 64  # characters
LONGEST_HEADER = 100  # characters
LONGEST_SECRET = 4096  # characters
MOST_RECIPIENTS = 500
FIELDS = 5

_BEGIN = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)  # 50 years see every pattern of days

_NICKNAMES = {  # crontab(5)
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_WRONG = {  # by what cronsim calls the field
    "minute": N_("The first field, the minute, is 0 to 59 or “*”."),
    "hour": N_("The second field, the hour, is 0 to 23 or “*”."),
    "day-of-month": N_(
        "The third field, the day of the month, is “*”, “L” or one that the month has."
    ),
    "month": N_("The fourth field, the month, is 1 to 12, JAN to DEC or “*”."),
    "day-of-week": N_("The fifth field, the day of the week, is 0 to 7, SUN to SAT or “*”."),
}
_TOKEN = frozenset(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")  # RFC 9110, 5.6.2
_OF_HTTP = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept", "accept-encoding"}
)
_SEPARATORS = re.compile(r"[,;\s]+")


def name(text: str) -> str:
    """What a schedule is called."""
    return _line(text, N_("Enter a name, by which you find the schedule again."))


def subject(text: str) -> str:
    """The subject of each message."""
    return _line(text, N_("Enter the subject that each message is to have."))


def cron(text: str) -> str:
    """Five fields of crontab(5), single spaces between them, and capital letters."""
    tidy = " ".join(trimmed(text, LONGEST_CRON).upper().split())
    return offering(_cron, lambda text: _NICKNAMES.get(text.lower(), text), tidy)


def time_zone(text: str) -> str:
    """The name of a time zone in the IANA database, such as Europe/Berlin."""
    return offering(_zone, _like_zone, trimmed(text, LONGEST_ZONE).replace(" ", "_"))


def recipients(text: str) -> list[str]:
    """Mail addresses, separated by commas, semicolons, blanks or lines, each of them once."""
    texts = list(filter(None, _SEPARATORS.split(text)))
    if not texts:
        raise Refused(N_("Enter at least one mail address."))
    if len(texts) > MOST_RECIPIENTS:
        raise Refused(
            N_("At most %(most)s addresses are possible. Use a mailing list for more."),
            {"most": str(MOST_RECIPIENTS)},
        )
    return list(dict.fromkeys(map(_address, texts)))


def url(text: str, *, http: bool) -> str:
    """The web address of content: https, or where `http` allows it, http on this machine."""
    rule = partial(_url, http=http)
    return offering(rule, _with_https, trimmed(text, LONGEST_URL))


def header(text: str) -> str:
    """The name of a header of the request (RFC 9110, section 5.1); empty for none."""
    tidy = trimmed(text, LONGEST_HEADER).removesuffix(":")
    if not _TOKEN.issuperset(tidy) or tidy.lower() in _OF_HTTP:
        raise Refused(
            N_("This is not the name of a header. Enter one such as Authorization."),
            suggestion="Authorization",
        )
    return tidy


def header_value(text: str) -> Secret:
    """What a header holds (RFC 9110, section 5.5). No refusal says anything about it."""
    tidy = text.strip()
    if len(tidy) > LONGEST_SECRET or not (tidy.isascii() and tidy.isprintable()):
        raise Refused(N_("This can't stand in a header: type it again, on one line."))
    return Secret(tidy)


@cache
def zones() -> list[str]:
    """The names of all time zones, each the same on every machine."""
    return sorted(available_timezones() - {"localtime", "Factory"})


def _line(text: str, empty: Marked) -> str:
    tidy = trimmed(text, LONGEST_SCHEDULE_NAME)
    if not tidy:
        raise Refused(empty)
    refuse_unseen(tidy)
    return tidy


def _cron(text: str) -> str:
    if len(text.split()) != FIELDS:
        raise Refused(
            N_(
                "Enter five fields: minute, hour, day of the month, month and day of the week, such"
                " as “0 9 * * MON” for Mondays at 9:00."
            )
        )
    try:
        CronSim(text, _BEGIN)
    except CronSimError as error:
        raise Refused(_WRONG[str(error).removeprefix("Bad ")]) from None
    if Timing(text, "UTC").after(_BEGIN) is None:
        raise Refused(
            N_("No date matches these fields. Check the day of the month and the day of the week.")
        )
    return text


def _zone(text: str) -> str:
    if text not in zones():
        raise Refused(
            N_("There is no time zone of this name. Enter one such as Europe/Berlin or Asia/Tokyo.")
        )
    return text


def _like_zone(text: str) -> str:
    """The zone that seems to be meant: spelt in another way, or its city alone."""
    known = {each.lower(): each for each in zones()}
    cities = {each.rpartition("/")[2]: each for each in known}
    low = text.lower()
    near = difflib.get_close_matches(cities.get(low, low), known, n=1, cutoff=0.75)
    return known[near[0]] if near else text


def _address(text: str) -> str:
    try:
        return validated(text.strip("<>"))
    except EmailNotValidError:
        raise Refused(
            N_("“%(address)s” is not a mail address. Write one such as ada@example.com."),
            {"address": quoted(text)},
        ) from None


def _url(text: str, *, http: bool) -> str:
    refuse_unseen(text)
    parts = parts_of(text)
    if not text.isascii() or " " in text:
        raise Refused(N_("Write the address as a browser copies it: without blanks and accents."))
    host = _host(parts.hostname or "")
    if parts.scheme == "http" and not (http and is_loopback(host)):
        raise Refused(
            N_(
                "It must begin with https://. For an address on this machine the operator can allow"
                " http:// with SMTP_PANEL_HTTP_CONTENT=on."
            )
        )
    return url_of(parts, host)


def _with_https(text: str) -> str:
    return f"https://{text.partition('://')[2] or text}"


def _host(text: str) -> str:
    """A host name or IP address, of which the rule of the mail server says what it may be."""
    try:
        return mail_server(text)
    except Refused:
        raise Refused(
            N_("“%(host)s” is not the name of a server. Check what stands after https://."),
            {"host": quoted(text)},
        ) from None
