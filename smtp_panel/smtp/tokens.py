"""The access tokens of this process, kept until shortly before they expire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.oauth import fetch
from smtp_panel.smtp.token_response import Grant

EARLY = 60.0  # seconds before its end from which a token is no longer used ...
EARLY_PART = 0.1  # ... or this part of its life, where that is less
LIMIT = 100  # tokens

Fetch = Callable[[OAuthClient, Deadline, Network], Grant]


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with the seconds until it expires; `fresh` if it was fetched just now."""

    value: Secret
    seconds_left: float
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Secret
    expires_at: float
    used_until: float


class Tokens:
    """Tokens by client: id, secret, endpoint and scopes. Safe to use from several threads.

    Two threads that miss the same token at the same time both fetch one; nobody waits for another
    thread's endpoint.
    """

    def __init__(
        self, fetch: Fetch = fetch, clock: Clock = time.monotonic, limit: int = LIMIT
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._limit = limit
        self._kept: dict[OAuthClient, _Kept] = {}
        self._lock = threading.Lock()

    def take(self, client: OAuthClient, deadline: Deadline, network: Network) -> Token:
        """The token of `client`, from here or fetched; raises what `fetch` raises."""
        now = self._clock()
        with self._lock:
            kept = self._kept.get(client)
        if kept and now < kept.used_until:
            return Token(kept.value, kept.expires_at - now, fresh=False)
        grant = self._fetch(client, deadline, network)
        early = min(EARLY, EARLY_PART * grant.life)
        end = now + grant.life
        with self._lock:
            self._kept.pop(client, None)
            self._kept[client] = _Kept(grant.token, end, end - early)
            while len(self._kept) > self._limit:
                del self._kept[next(iter(self._kept))]  # the one fetched longest ago
        return Token(grant.token, end - self._clock(), fresh=True)

    def drop(self, client: OAuthClient, token: Token) -> None:
        """Forget `token`, which a mail server refused, unless a newer one took its place."""
        with self._lock:
            kept = self._kept.get(client)
            if kept and kept.value == token.value:
                del self._kept[client]


TOKENS = Tokens()
