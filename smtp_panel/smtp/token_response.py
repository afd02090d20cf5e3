"""What a token endpoint answers: a token, or why there is none (RFC 6749, section 5)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from smtp_panel.net.exchange import HTTPAnswer
from smtp_panel.secret import Secret
from smtp_panel.smtp.facts import OAuthReason
from smtp_panel.smtp.fault import Fault, oauth_fault
from smtp_panel.smtp.text import one_line
from smtp_panel.smtp.transcript import Redactor
from smtp_panel.words import N_, Quoted, Said, Sentence

LIFE_UNTOLD = 300.0  # seconds; of a token whose end is not told
LONGEST_DESCRIPTION = 300  # characters of what the endpoint says
LONGEST_WAIT = 7 * 86400  # seconds; more than that is no advice

_WITH_OCTETS = N_("status %(status)s, %(octets)s octets")
_LATER = N_("%(words)s, to be asked again in %(seconds)s s")
_NO_BEARER = Sentence(N_("the token is not of the type Bearer"))
_VISIBLE = re.compile(r"[\x21-\x7e]+")  # what goes into a SASL response as it is
_ERROR = re.compile(r"[a-z0-9_]{1,40}")
_EXPIRED = re.compile(r"AADSTS7000222|secret\b.{0,40}\bexpired|expired\b.{0,40}\bsecret", re.I)
_REFUSALS = {  # section 5.2
    reason.value: reason
    for reason in (
        *(OAuthReason.INVALID_CLIENT, OAuthReason.INVALID_GRANT, OAuthReason.INVALID_REQUEST),
        *(OAuthReason.INVALID_SCOPE, OAuthReason.UNAUTHORIZED_CLIENT),
        OAuthReason.UNSUPPORTED_GRANT_TYPE,
    )
}
_OTHER_REFUSALS = {  # of section 4.1.2.1, RFC 8628, RFC 8707 and Microsoft
    "access_denied": OAuthReason.UNAUTHORIZED_CLIENT,
    "invalid_resource": OAuthReason.INVALID_SCOPE,
    "invalid_target": OAuthReason.INVALID_SCOPE,
    "server_error": OAuthReason.BUSY,
    "slow_down": OAuthReason.BUSY,
    "temporarily_unavailable": OAuthReason.BUSY,
}
_STATUSES = {
    401: OAuthReason.INVALID_CLIENT,
    404: OAuthReason.NOT_FOUND,
    405: OAuthReason.NOT_FOUND,
    408: OAuthReason.BUSY,
    410: OAuthReason.NOT_FOUND,
    429: OAuthReason.BUSY,  # RFC 6585, section 4
}


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token and its life in seconds."""

    token: Secret
    life: float


def grant_in(answer: HTTPAnswer, redact: Redactor) -> Grant | Fault:
    """The token in `answer`, else the Fault that the answer stands for.

    The Fault holds the endpoint's own words where it is one, and the status alone where it is none
    (SPEC L3), secrets removed by `redact`. It is not raised here, where the token is at hand.
    """
    status, said = answer.status, _object(answer)
    if 300 <= status < 400:
        return oauth_fault(OAuthReason.REDIRECTED, _status(status))
    unwell = status == 429 or status >= 500  # and then no word of it judges the client
    if said and (refused := _error_in(said)) and not unwell:
        error, description = refused
        return _refusal(answer, error, redact(description), redact)
    if not 200 <= status < 300:
        return _failure(answer)
    if said is None:
        sizes = {"status": str(status), "octets": str(len(answer.body))}
        return oauth_fault(OAuthReason.NOT_JSON, Sentence(_WITH_OCTETS, sizes))
    return _grant(said)


def _grant(said: Mapping[str, Any]) -> Grant | Fault:
    token, kind = said.get("access_token"), said.get("token_type", "Bearer")
    if not isinstance(token, str) or not _VISIBLE.fullmatch(token):
        return oauth_fault(OAuthReason.NO_TOKEN, Sentence(N_("no access_token in the answer")))
    if str(kind).lower() != "bearer":
        return oauth_fault(OAuthReason.NO_TOKEN, _NO_BEARER)
    return Grant(Secret(token), _life(said.get("expires_in")))


def _error_in(said: Mapping[str, Any]) -> tuple[str, str] | None:
    """The error and its description, by the names of RFC 6749, section 5.2.

    Else those of Okta (errorCode), or an API gateway's: an object of status, or code, and message.
    """
    error, description = said.get("error"), said.get("error_description")
    if error is None:
        error, description = said.get("errorCode"), said.get("errorSummary")
    elif isinstance(error, dict) and (description := error.get("message")):
        error = str(error.get("status") or error.get("code") or "")
    return (error, str(description or "")) if isinstance(error, str) else None


def _object(answer: HTTPAnswer) -> dict[str, Any] | None:
    try:
        said = json.loads(answer.body) if answer.whole else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _refusal(answer: HTTPAnswer, error: str, description: str, redact: Redactor) -> Fault:
    description = one_line(description, LONGEST_DESCRIPTION)
    if reason := _REFUSALS.get(error.lower()):
        if reason is OAuthReason.INVALID_CLIENT and _EXPIRED.search(description):
            reason = OAuthReason.EXPIRED_SECRET
        return oauth_fault(reason, Quoted(f"{error}: {description}" if description else error))
    if _ERROR.fullmatch(error.lower()):
        said: Said = f"{redact(error)} {description}".rstrip()
    elif description:
        said = Sentence(N_("an error %(words)s"), {"words": description})
    else:
        said = Sentence(N_("an error"))
    return _failure(answer, _OTHER_REFUSALS.get(error.lower()), said)


def _failure(answer: HTTPAnswer, reason: OAuthReason | None = None, said: Said = "") -> Fault:
    """A status that is no success, and what is `said` beside it."""
    status, wait = answer.status, _retry_after(answer.headers)
    usual = OAuthReason.BUSY if status >= 500 else OAuthReason.REFUSED
    words = _status(status, said)
    if wait is not None:
        words = Sentence(_LATER, {"words": words, "seconds": str(wait)})
    return oauth_fault(reason or _STATUSES.get(status, usual), words, retry_after=wait)


def _status(status: int, said: Said = "") -> Sentence:
    if not said:
        return Sentence(N_("status %(status)s"), {"status": str(status)})
    return Sentence(N_("status %(status)s, %(words)s"), {"status": str(status), "words": said})


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """The seconds of Retry-After; a date in it counts from the answer's own (RFC 9110, 10.2.3)."""
    wanted = headers.get("retry-after", "")
    try:
        if wanted.isdecimal():
            seconds = int(wanted)
        else:
            until, now = (parsedate_to_datetime(each) for each in (wanted, headers["date"]))
            seconds = round((until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):  # TypeError: one without its zone
        return None
    return seconds if 0 <= seconds <= LONGEST_WAIT else None


def _life(told: object) -> float:
    """`expires_in`, a number of seconds, which some endpoints write as a string."""
    try:
        seconds = float(told) if isinstance(told, int | float | str) else 0.0
    except (ValueError, OverflowError):
        seconds = 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else LIFE_UNTOLD
