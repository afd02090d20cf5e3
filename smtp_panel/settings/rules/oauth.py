"""The rules of Client ID, Token endpoint, Scopes and the end of the secret (F8; RFC 6749)."""

from __future__ import annotations

import datetime
import re
import string
import unicodedata
from urllib.parse import SplitResult

from smtp_panel.net.address import is_loopback
from smtp_panel.settings.rules.refusal import Refused, offering
from smtp_panel.settings.rules.server import mail_server
from smtp_panel.settings.rules.text import (
    described,
    is_unseen,
    quoted,
    refuse_unseen,
    trimmed,
)
from smtp_panel.settings.rules.web_address import LONGEST_URL, parts_of, url_of
from smtp_panel.words import N_

LONGEST_CLIENT_ID = 255  # characters
LONGEST_DAY = 40  # characters
LONGEST_SCOPES = 2000  # characters
VISIBLE = frozenset(map(chr, range(0x20, 0x7F)))  # VSCHAR of RFC 6749, appendix A
SCOPE = VISIBLE - frozenset(' "\\')  # NQCHAR of RFC 6749, appendix A
URL_CHARACTERS = frozenset(
    string.ascii_letters + string.digits + "-._~:/?[]@!$&'()*+,;=%"
)  # RFC 3986, 2
# What documentation writes where a value of one's own belongs: {tenant}, <tenant-id>.
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|<[^<>]*>")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Year, month and day in this order, as people write them: 2027/1/31, 2027年1月31日.
_WRITTEN_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*")
_SCHEME = re.compile(r"(?:https?:)?/*", re.I)
_USER_INFO = re.compile(r"(?<=//)[^/?#]*@")


def client_id(text: str) -> str:
    """The client ID without white space around it."""
    return offering(_client_id, _visible, trimmed(text, LONGEST_CLIENT_ID))


def scopes(text: str) -> str:
    """The scopes, separated by single spaces (RFC 6749, section 3.3); they may be left out."""
    return offering(_scopes, _repaired_scopes, " ".join(trimmed(text, LONGEST_SCOPES).split()))


def client_secret_ends(text: str) -> str:
    """The day on which the client secret ends, as 2027-01-31 (RFC 3339, full-date), or empty."""
    tidy = trimmed(text, LONGEST_DAY)
    return offering(_day, _repaired_day, tidy) if tidy else ""


def token_endpoint(text: str) -> str:
    """The URL where access tokens are fetched (RFC 6749, section 3.2).

    It is https, for the client secret travels to it; on loopback, where nobody listens in, http
    will do.
    """
    return offering(_token_endpoint, _repaired_endpoint, trimmed(text, LONGEST_URL))


def token_endpoint_without_tls(url: str, *, allowed: bool) -> None:
    """Refuse a tidy `url` without TLS, unless the operator has `allowed` it.

    Else any admin could post to whatever listens on this machine (SPEC L3).
    """
    if url.startswith("http:") and not allowed:
        raise Refused(
            N_(
                "It must begin with https://. For a token endpoint on this machine the operator can"
                " allow http:// with SMTP_PANEL_HTTP_TOKEN_ENDPOINT=on."
            ),
            suggestion=url.replace("http:", "https:", 1),
        )


def _day(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return datetime.date.fromisoformat(text).isoformat()
    except ValueError:  # a day that no calendar has
        pass
    raise Refused(N_("Write the day as year, month and day, such as 2027-01-31."))


def _repaired_day(text: str) -> str:
    found = _WRITTEN_DAY.fullmatch(unicodedata.normalize("NFKC", text))
    return "{:04}-{:02}-{:02}".format(*map(int, found.groups())) if found else ""


def _client_id(text: str) -> str:
    if not text:
        raise Refused(
            N_("Enter the client ID. Your provider shows it with the registered application.")
        )
    for character in text:
        if character not in VISIBLE:
            raise Refused(
                N_("“%(character)s” can't be part of a client ID. Remove it."),
                {"character": described(character)},
            )
    return text


def _visible(text: str) -> str:
    return "".join(c for c in text if c in VISIBLE).strip()


def _scopes(text: str) -> str:
    for character in text:
        if character not in SCOPE and character != " ":
            raise Refused(
                N_("“%(character)s” can't be part of a scope. Remove it."),
                {"character": described(character)},
            )
    return text


def _repaired_scopes(text: str) -> str:
    return " ".join("".join(c for c in text if c in SCOPE or c == " ").split())


def _token_endpoint(text: str) -> str:
    if not text:
        raise Refused(
            N_(
                "Enter the address where access tokens are fetched, such as"
                " https://login.example.com/oauth2/token."
            )
        )
    refuse_unseen(text)
    placeholder = _PLACEHOLDER.search(text)
    if placeholder:
        raise Refused(
            N_("Put your own value in the place of “%(part)s”."), {"part": quoted(placeholder[0])}
        )
    url = parts_of(text)
    _refuse_parts(url, text)
    host = mail_server(url.hostname or "")
    if url.scheme == "http" and not is_loopback(host):
        raise Refused(
            N_("The client secret travels to this address, so it must begin with https://.")
        )
    return url_of(url, host)


def _refuse_parts(url: SplitResult, text: str) -> None:
    if "#" in text:
        raise Refused(N_("Remove “#” and what follows it: a token endpoint has no such part."))
    for character in url.path + url.query:
        if character not in URL_CHARACTERS:
            raise Refused(
                N_("“%(character)s” can't be part of a web address. Remove it."),
                {"character": described(character)},
            )


def _repaired_endpoint(text: str) -> str:
    """The https URL that `text` seems to mean, without login and fragment."""
    seen = "".join(c for c in text if not is_unseen(c) and not c.isspace()).strip("\"'")
    if "://" in seen and not seen.lower().startswith("http"):
        return seen
    address = f"https://{_SCHEME.sub('', seen.partition('#')[0], count=1)}"
    return _USER_INFO.sub("", address, count=1)
