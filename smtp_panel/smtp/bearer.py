"""Signing in with an access token: XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from smtp_panel.secret import Secret
from smtp_panel.smtp.auth import CONTINUE, encode, first_accepted, in_words, respond, suitable
from smtp_panel.smtp.facts import FaultKind, OAuthReason, Stage
from smtp_panel.smtp.fault import Fault, oauth_fault
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.text import one_line
from smtp_panel.smtp.transcript import Redactor
from smtp_panel.smtp.wire import Wire
from smtp_panel.words import N_, Quoted, Sentence

# Permanent refusals of the command or of the connection, which say nothing about the token.
NOT_JUDGED = frozenset({500, 502, 503, 504, 530, 538})
LONGEST_REFUSAL = 250  # characters of a reply, and of what its challenge says


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who signs in at which server, and with which access token."""

    username: str
    token: Secret
    server: str
    port: int

    def secrets(self) -> list[Secret]:
        """What must not be shown: the token, alone and as each mechanism sends it."""
        return [self.token, *(make(self) for make, _ in TOKEN_MECHANISMS.values())]


class TokenRefused(Fault):
    """The mail server examined the token and refused it."""

    def __init__(self, words: Sentence | Quoted) -> None:
        reason = OAuthReason.TOKEN_REFUSED
        super().__init__(FaultKind.OAUTH, stage=Stage.AUTH, reason=reason, error=words)


def xoauth2(who: Bearer) -> Secret:
    """The response of XOAUTH2, as Google and Microsoft describe it."""
    return Secret(f"user={who.username}\x01auth=Bearer {who.token.reveal()}\x01\x01")


def oauthbearer(who: Bearer) -> Secret:
    """The response of OAUTHBEARER (RFC 7628, section 3.1), its name escaped as in RFC 5801."""
    name = who.username.replace("=", "=3D").replace(",", "=2C")
    at = f"host={who.server}\x01port={who.port}"
    return Secret(f"n,a={name},\x01{at}\x01auth=Bearer {who.token.reveal()}\x01\x01")


# With what each answers the challenge that tells an error, in base64. XOAUTH2 comes first: it is
# the one that Microsoft, Google and Dovecot have in common.
TOKEN_MECHANISMS: dict[str, tuple[Callable[[Bearer], Secret], str]] = {
    "XOAUTH2": (xoauth2, ""),
    "OAUTHBEARER": (oauthbearer, "AQ=="),
}


def offered_mechanisms(offered: tuple[str, ...], redact: Redactor) -> list[str]:
    """Those of `offered` that take a token, the preferred one first; raises Fault if there is none.

    Where nothing at all is offered, that is no matter of OAuth: NOT_OFFERED, as with a password.
    """
    if offered and not set(offered) & set(TOKEN_MECHANISMS):
        raise oauth_fault(OAuthReason.NOT_OFFERED, in_words(offered, redact))
    return suitable(TOKEN_MECHANISMS, offered, redact)


def authenticate(wire: Wire, who: Bearer, mechanisms: list[str], refusals: list[Reply]) -> str:
    """Sign in with the first of `mechanisms` that the server does not refuse as such.

    Returns its name. Refusals of a mechanism are added to `refusals`. Raises TokenRefused where the
    server judged the token, Fault for everything else.
    """
    return first_accepted(mechanisms, lambda name: _present(wire, name, who), wire, refusals)


def _present(wire: Wire, mechanism: str, who: Bearer) -> Reply:
    make, last_word = TOKEN_MECHANISMS[mechanism]
    reply = respond(wire, mechanism, encode(make(who)))
    told = ""
    if reply.code == CONTINUE:
        told = _error_of(reply, wire.redact)
        reply = _after(wire, last_word, told)
    if 500 <= reply.code <= 599 and reply.code not in NOT_JUDGED:
        words = one_line(str(reply), LONGEST_REFUSAL)
        raise TokenRefused(Quoted(f"{words} ({told})" if told else words))
    return reply


def _after(wire: Wire, last_word: str, told: str) -> Reply:
    """The final reply after the error challenge; some servers hang up in place of it."""
    try:
        return wire.command(last_word)
    except Fault as fault:
        if fault.kind is FaultKind.CLOSED:
            raise TokenRefused(_closed(told)) from None
        raise


def _closed(told: str) -> Sentence:
    if not told:
        return Sentence(N_("the connection was closed"))
    return Sentence(N_("the connection was closed (%(words)s)"), {"words": told})


def _error_of(challenge: Reply, redact: Redactor) -> str:
    """The status and scope in the JSON of an error challenge (RFC 7628, section 3.2.2)."""
    try:
        said = json.loads(base64.b64decode(challenge.lines[0], validate=True))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    known = (f"{key} {said[key]}" for key in ("status", "scope") if isinstance(said.get(key), str))
    return one_line(redact(", ".join(known)), LONGEST_REFUSAL)
