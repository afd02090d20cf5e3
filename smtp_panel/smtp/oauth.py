"""Access tokens by client credentials: one request, one answer (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.https import Answer, BadURL, NotHTTP, post
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.facts import Kind, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.text import one_line
from smtp_panel.smtp.transcript import Redactor

LIFE_UNTOLD = 300.0  # seconds; of a token whose end is not told
TOLD = 300  # characters of what the endpoint says

_VISIBLE = re.compile(r"[\x21-\x7e]+")  # what goes into a SASL response as it is
_ERROR = re.compile(r"[a-z0-9_]{1,40}")
# RFC 6749, section 5.2
_REFUSALS = frozenset(
    (
        *("invalid_client", "invalid_grant", "invalid_request", "invalid_scope"),
        *("unauthorized_client", "unsupported_grant_type"),
    )
)
_EXPIRED = re.compile(r"AADSTS7000222|secret\b.{0,40}\bexpired|expired\b.{0,40}\bsecret", re.I)
_WORDS = {
    NetworkKind.DNS_NOT_FOUND: "name",
    NetworkKind.DNS_TEMPORARY: "name",
    NetworkKind.DNS_NO_ADDRESS: "name",
    NetworkKind.TIMEOUT: "timeout",
    NetworkKind.TLS: "tls",
    NetworkKind.CERTIFICATE: "tls",
    NetworkKind.BLOCKED: "blocked",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token and its life in seconds."""

    token: Secret
    life: float


def oauth_fault(word: str, words: str = "") -> Fault:
    """No login by OAuth, for the reason `word`, in the `words` of who refused."""
    return Fault(Kind.OAUTH, stage=Stage.AUTH, error=f"{word}: {words}" if words else word)


def secrets_of(client: OAuthClient) -> list[Secret]:
    """What must not be shown of `client`: its secret, alone and as HTTP Basic sends it."""
    return [client.client_secret, Secret(_basic(client))]


def fetch(client: OAuthClient, deadline: Deadline, network: Network) -> Grant:
    """A new access token from the client's token endpoint.

    The client names itself in the form, as most endpoints want it, and by HTTP Basic where the
    endpoint asks for that (section 2.3.1). Raises Fault of Kind.OAUTH, whose `error` is a word
    for the reason and, after a colon, what was said, without secrets.
    """
    form = {"grant_type": "client_credentials"}
    if client.scopes:
        form["scope"] = client.scopes
    named = {"client_id": client.client_id, "client_secret": client.client_secret.reveal()}
    answer = _post(client, form | named, {}, deadline, network)
    if answer.status == 401 and "basic" in answer.headers.get("WWW-Authenticate", "").lower():
        basic = base64.b64encode(_basic(client).encode()).decode()
        answer = _post(client, form, {"Authorization": f"Basic {basic}"}, deadline, network)
    return _grant(answer, Redactor(secrets_of(client)))


def _basic(client: OAuthClient) -> str:
    return f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret.reveal())}"


def _post(
    client: OAuthClient,
    form: Mapping[str, str],
    headers: Mapping[str, str],
    deadline: Deadline,
    network: Network,
) -> Answer:
    usual = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    body = urlencode(form).encode()
    try:
        return post(client.token_endpoint, body, {**usual, **headers}, deadline, network)
    except BadURL as error:
        raise oauth_fault("url", str(error)) from None
    except NotHTTP:
        raise oauth_fault("not_json", "the answer is no HTTP") from None
    except NetworkFault as fault:
        raise oauth_fault(_WORDS.get(fault.kind, "unreachable"), fault.error) from None


def _grant(answer: Answer, redact: Redactor) -> Grant:
    status, said = answer.status, _object(answer)
    if 300 <= status < 400:
        raise oauth_fault("redirected", f"status {status}")
    if said and isinstance(error := said.get("error"), str) and not _unwell(status):
        raise _refused(status, error, said, redact)
    if not 200 <= status < 300:
        raise oauth_fault("http", f"status {status}{_wait(answer)}")
    if said is None:
        raise oauth_fault("not_json", f"status {status}, {len(answer.body)} octets")
    token, kind = said.get("access_token"), said.get("token_type", "Bearer")
    if not isinstance(token, str) or not _VISIBLE.fullmatch(token):
        raise oauth_fault("no_token", "no access_token in the answer")
    if str(kind).lower() != "bearer":
        raise oauth_fault("no_token", "the token is not of the type Bearer")
    return Grant(Secret(token), _seconds(said.get("expires_in")))


def _object(answer: Answer) -> dict[str, Any] | None:
    try:
        said = json.loads(answer.body) if answer.whole else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _unwell(status: int) -> bool:
    """Whether the endpoint has trouble of its own, or too much to do (RFC 6585, section 4)."""
    return status == 429 or status >= 500


def _refused(status: int, error: str, said: Mapping[str, Any], redact: Redactor) -> Fault:
    description = one_line(redact(str(said.get("error_description") or "")), TOLD)
    if error == "invalid_client" and _EXPIRED.search(description):
        return oauth_fault("expired_secret", description)
    if error in _REFUSALS:
        return oauth_fault(error, description)
    name = redact(error) if _ERROR.fullmatch(error) else "an error"
    return oauth_fault("http", f"status {status}, {name} {description}".rstrip())


def _wait(answer: Answer) -> str:
    seconds = answer.headers.get("Retry-After", "")
    return f", to be asked again in {seconds} s" if re.fullmatch("[0-9]{1,6}", seconds) else ""


def _seconds(told: object) -> float:
    """`expires_in`, a number of seconds, which some endpoints write as a string."""
    try:
        seconds = float(told) if isinstance(told, int | float | str) else 0.0
    except (ValueError, OverflowError):
        seconds = 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else LIFE_UNTOLD
