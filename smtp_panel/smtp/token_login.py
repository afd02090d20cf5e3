"""Signing in by OAuth 2.0: with a cached token or a new one, fetched once more when refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp import bearer
from smtp_panel.smtp.endpoint import Endpoint, OAuthClient
from smtp_panel.smtp.facts import FaultKind, OAuthReason
from smtp_panel.smtp.fault import Fault, oauth_fault
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.tokens import Token, Tokens
from smtp_panel.smtp.transcript import Transcript
from smtp_panel.smtp.wire import Wire
from smtp_panel.words import N_, Sentence

_NO_USER_NAME = Sentence(N_("OAuth 2.0 without a user name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogin:
    """A login at `endpoint` by an access token."""

    endpoint: Endpoint
    deadline: Deadline
    network: Network
    transcript: Transcript
    tokens: Tokens

    def sign_in(
        self, wire: Wire, offered: tuple[str, ...], refusals: list[Reply]
    ) -> dict[str, Any]:
        """Sign in; returns the mechanism, where the token came from, and its seconds left.

        A refused token from the cache is replaced once by a new one; the refusal of a new one is
        final. A server that hangs up meanwhile has refused the cached one only, which is forgotten.
        Refusals of a mechanism are added to `refusals`. Raises Fault.
        """
        if not self.endpoint.username:
            raise Fault(FaultKind.CREDENTIALS_MISSING, error=_NO_USER_NAME)
        if (client := self.endpoint.oauth) is None:
            raise oauth_fault(OAuthReason.NO_CLIENT)
        mechanisms = bearer.offered_mechanisms(offered, wire.redact)
        token = self._take(client)
        try:
            mechanism = self._present(token, client, wire, mechanisms, refusals)
        except bearer.TokenRefused as refused:
            if token.fresh:
                raise
            token = self._take(client)
            try:
                mechanism = self._present(token, client, wire, mechanisms, refusals)
            except Fault as fault:
                if fault.kind is FaultKind.CLOSED:  # the new one was not judged
                    raise oauth_fault(OAuthReason.CACHED_TOKEN, refused.error) from None
                raise
        return {
            "mechanism": mechanism,
            "token": _source(token),
            "token_seconds": round(token.seconds_left),
        }

    def _take(self, client: OAuthClient) -> Token:
        token = self.tokens.take(client, self.deadline, self.network)
        self.transcript.noted(f"access token {_source(token)}, {token.seconds_left:.0f} s left")
        return token

    def _present(
        self,
        token: Token,
        client: OAuthClient,
        wire: Wire,
        mechanisms: list[str],
        refusals: list[Reply],
    ) -> str:
        at = self.endpoint
        who = bearer.Bearer(at.username, token.value, at.server, at.port)
        wire.redact.learn(who.secrets())
        try:
            return bearer.authenticate(wire, who, mechanisms, refusals)
        except bearer.TokenRefused:
            self.tokens.drop(client, token)
            raise


def _source(token: Token) -> str:
    return "fetched" if token.fresh else "cached"
