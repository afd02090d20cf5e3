"""Access tokens, cached until shortly before they expire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.fault import NetworkFault
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.facts import OAuthReason
from smtp_panel.smtp.fault import Fault, fault_of, oauth_fault
from smtp_panel.smtp.oauth import fetch
from smtp_panel.smtp.token_response import Grant
from smtp_panel.words import N_, Sentence

EARLY = 60.0  # seconds before its end from which a token is no longer used ...
EARLY_PART = 0.1  # ... or this part of its life, where that is less
MOST_TOKENS = 100  # tokens

Fetch = Callable[[OAuthClient, Deadline, Network], Grant]


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with the seconds until it expires; `fresh` if it was fetched just now."""

    value: Secret
    seconds_left: float
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Cached:
    value: Secret
    expires_at: float
    used_until: float


class Tokens:
    """Tokens by client: id, secret, endpoint and scopes. Safe to use from several threads.

    Whoever needs a token that another thread is fetching waits for that one. Nobody waits for the
    endpoint of another client.
    """

    def __init__(
        self, fetch: Fetch = fetch, clock: Clock = time.monotonic, limit: int = MOST_TOKENS
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._limit = limit
        self._cached: dict[OAuthClient, _Cached] = {}
        self._fetching: dict[OAuthClient, Future[_Cached]] = {}
        self._lock = threading.Lock()

    def take(self, client: OAuthClient, deadline: Deadline, network: Network) -> Token:
        """The token of `client`, from here or fetched; raises what `fetch` raises.

        Where another thread fetches it, a Fault of this one's own says how that failed, or that
        `deadline` has passed.
        """
        with self._lock:
            cached = self._cached.get(client)
            if cached and self._clock() < cached.used_until:
                return self._token(cached, fresh=False)
            awaited = self._fetching.get(client)
            if awaited is None:
                fetching = self._fetching[client] = Future()
        if awaited is None:
            return self._token(self._fetch_for_all(client, deadline, network, fetching), fresh=True)
        try:
            return self._token(awaited.result(deadline.remaining()), fresh=True)
        except TimeoutError:
            raise oauth_fault(OAuthReason.TIMEOUT, Sentence(N_("timed out"))) from None
        except (Fault, NetworkFault) as fault:
            raise fault_of(fault).copy() from None

    def drop(self, client: OAuthClient, token: Token) -> None:
        """Forget `token`, which a mail server refused, unless a newer one took its place."""
        with self._lock:
            cached = self._cached.get(client)
            if cached and cached.value == token.value:
                del self._cached[client]

    def _fetch_for_all(
        self, client: OAuthClient, deadline: Deadline, network: Network, fetching: Future[_Cached]
    ) -> _Cached:
        """Fetch the token, for this thread and for those that wait for `fetching`.

        They are told only once nobody can begin to wait for it any more.
        """
        try:
            asked_at = self._clock()
            grant = self._fetch(client, deadline, network)
        except BaseException as error:
            with self._lock:
                del self._fetching[client]
            fetching.set_exception(error)
            raise
        end = asked_at + grant.life
        cached = _Cached(grant.token, end, end - min(EARLY, EARLY_PART * grant.life))
        with self._lock:
            self._store(client, cached)
            del self._fetching[client]
        fetching.set_result(cached)
        return cached

    def _store(self, client: OAuthClient, cached: _Cached) -> None:
        self._cached.pop(client, None)
        self._cached[client] = cached
        while len(self._cached) > self._limit:
            del self._cached[next(iter(self._cached))]  # the one fetched longest ago

    def _token(self, cached: _Cached, *, fresh: bool) -> Token:
        return Token(cached.value, cached.expires_at - self._clock(), fresh=fresh)
