"""How long an access token is kept, and for whom (SPEC F8)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.facts import FaultKind, OAuthReason
from smtp_panel.smtp.fault import Fault, fault_of, oauth_fault
from smtp_panel.smtp.token_response import Grant
from smtp_panel.smtp.tokens import Token, Tokens
from smtp_panel.words import Quoted
from tests.smtp.conversations import LONG

CLIENT = OAuthClient(
    client_id="panel",
    client_secret=Secret("s3cret"),
    token_endpoint="https://login.example/token",
    scopes="mail",
)


class Endpoint:
    """Gives numbered tokens of this life, on a clock that is set by hand."""

    def __init__(self, life: float = 3600.0, limit: int = 100) -> None:
        self.life = life
        self.now = 1000.0
        self.given = 0
        self.tokens = Tokens(self._fetch, lambda: self.now, limit)

    def take(self, client: OAuthClient = CLIENT) -> tuple[str, bool]:
        """The token, and whether it is fresh."""
        token = self.tokens.take(client, Deadline(LONG), Network())
        return token.value.reveal(), token.fresh

    def drop(self, client: OAuthClient = CLIENT) -> None:
        """The mail server refuses the token that is kept."""
        self.tokens.drop(client, self.tokens.take(client, Deadline(LONG), Network()))

    def _fetch(self, _client: OAuthClient, _deadline: Deadline, _network: Network) -> Grant:
        self.given += 1
        return Grant(Secret(f"t0k3n-{self.given}"), self.life)


@pytest.mark.parametrize(("life", "used"), [(3600.0, 3540.0), (100.0, 90.0), (10.0, 9.0)])
def test_a_token_is_used_until_shortly_before_it_expires(life: float, used: float) -> None:
    """F8: a minute before, or a tenth of a short life."""
    endpoint = Endpoint(life)
    assert endpoint.take() == ("t0k3n-1", True)
    endpoint.now += used - 0.01
    assert endpoint.take() == ("t0k3n-1", False)
    endpoint.now += 0.01
    assert endpoint.take() == ("t0k3n-2", True)


def test_the_seconds_left_are_told_as_they_run_out() -> None:
    """T4: what the ladder tells."""
    endpoint = Endpoint()
    endpoint.take()
    endpoint.now += 600
    token = endpoint.tokens.take(CLIENT, Deadline(LONG), Network())
    assert (token.seconds_left, token.fresh) == (3000, False)


@pytest.mark.parametrize(
    "other",
    [
        replace(CLIENT, client_id="other"),
        replace(CLIENT, client_secret=Secret("other")),
        replace(CLIENT, token_endpoint="https://other.example/token"),
        replace(CLIENT, scopes="other"),
    ],
)
def test_another_client_has_another_token(other: OAuthClient) -> None:
    """F8: id, secret, endpoint and scopes together say whose a token is."""
    endpoint = Endpoint()
    endpoint.take()
    assert endpoint.take(other) == ("t0k3n-2", True)
    assert endpoint.take() == ("t0k3n-1", False)
    assert endpoint.take(replace(other)) == ("t0k3n-2", False)


def test_a_refused_token_is_forgotten_and_a_newer_one_is_not() -> None:
    """F8: of two conversations that met the same refusal, the second keeps the first one's new."""
    endpoint = Endpoint()
    refused = endpoint.tokens.take(CLIENT, Deadline(LONG), Network())
    endpoint.drop()
    assert endpoint.take() == ("t0k3n-2", True)
    endpoint.tokens.drop(CLIENT, refused)
    assert endpoint.take() == ("t0k3n-2", False)


def test_only_so_many_tokens_are_kept() -> None:
    """F8: drafts of many clients cost little; the token fetched longest ago goes first."""
    endpoint = Endpoint(limit=2)
    clients = [replace(CLIENT, client_id=name) for name in "abc"]
    for client in clients:
        endpoint.take(client)
    assert endpoint.take(clients[1]) == ("t0k3n-2", False)
    assert endpoint.take(clients[2]) == ("t0k3n-3", False)
    assert endpoint.take(clients[0]) == ("t0k3n-4", True)


def test_many_threads_may_take_and_drop_at_once() -> None:
    """F8: each gets a token of its client."""
    endpoint = Endpoint(limit=1)
    got: list[str] = []

    def work(name: str) -> None:
        client = replace(CLIENT, client_id=name)
        for _ in range(200):
            got.append(endpoint.take(client)[0])
            endpoint.drop(client)

    threads = [threading.Thread(target=work, args=[name]) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 800
    assert all(each.startswith("t0k3n-") for each in got)


class SlowEndpoint:
    """Answers once as many others as `waiting` wait for what it is asked; then by `end`."""

    def __init__(self, waiting: int, end: Callable[[], Grant]) -> None:
        self.asked = 0
        self._waiting = waiting
        self._end = end
        self._looked = threading.Semaphore(0)
        self._tokens = Tokens(self._fetch)

    def take_in_threads(self) -> list[Token | Fault]:
        """What each of them gets, and the one that asks."""
        with ThreadPoolExecutor(self._waiting + 1) as pool:
            return list(pool.map(lambda _: self.take(), range(self._waiting + 1)))

    def take(self, seconds: float = LONG) -> Token | Fault:
        """The token, or why there is none."""
        try:
            return self._tokens.take(CLIENT, Deadline(seconds, self._clock), Network())
        except (Fault, NetworkFault) as fault:
            return fault_of(fault)

    def _clock(self) -> float:
        self._looked.release()  # once as the deadline is made, and once by those that wait
        return time.monotonic()

    def _fetch(self, _client: OAuthClient, _deadline: Deadline, _network: Network) -> Grant:
        self.asked += 1
        for _ in range(2 * self._waiting + 1):
            assert self._looked.acquire(timeout=LONG)
        return self._end()


def test_those_who_need_the_same_token_share_one_fetch() -> None:
    """F8: as when the outbox opens several connections."""
    endpoint = SlowEndpoint(7, lambda: Grant(Secret("t0k3n"), 3600.0))
    got = endpoint.take_in_threads()
    assert endpoint.asked == 1
    assert [each.value.reveal() for each in got if isinstance(each, Token)] == ["t0k3n"] * 8


def test_a_failed_fetch_is_told_to_all_who_waited_and_the_next_asks_anew() -> None:
    """F8"""
    endpoint = SlowEndpoint(3, lambda: _raise(oauth_fault(OAuthReason.BUSY, Quoted("503"), 30)))
    faults = [each for each in endpoint.take_in_threads() if isinstance(each, Fault)]
    told = [(each.reason, each.error, each.retry_after) for each in faults]
    assert told == [(OAuthReason.BUSY, "503", 30)] * 4
    assert len({id(each) for each in faults}) == 4  # each is put to the account of its own step
    assert endpoint.asked == 1
    endpoint.take_in_threads()
    assert endpoint.asked == 2


def test_a_machine_that_lacks_files_is_told_to_all_who_waited() -> None:
    """F8, D2"""
    lack = NetworkFault(NetworkKind.LOCAL, Quoted("Too many open files"))
    endpoint = SlowEndpoint(3, lambda: _raise(lack))
    faults = [each for each in endpoint.take_in_threads() if isinstance(each, Fault)]
    told = [(each.kind, each.error) for each in faults]
    assert told == [(FaultKind.LOCAL, "Too many open files")] * 4


def test_nobody_waits_for_the_endpoint_of_another_client() -> None:
    """F8: a slow one holds up its own connections alone."""
    other = replace(CLIENT, token_endpoint="https://other.example/token")
    got: list[str] = []
    tokens: Tokens

    def fetch(client: OAuthClient, _deadline: Deadline, network: Network) -> Grant:
        if client == CLIENT:
            with ThreadPoolExecutor(1) as pool:
                token = pool.submit(tokens.take, other, Deadline(LONG), network).result(LONG)
            got.append(token.value.reveal())
        return Grant(Secret(client.token_endpoint), 3600.0)

    tokens = Tokens(fetch)
    tokens.take(CLIENT, Deadline(LONG), Network())
    assert got == ["https://other.example/token"]


def test_whoever_waits_for_a_token_waits_no_longer_than_its_own_deadline() -> None:
    """F8, T8"""
    late: list[Token | Fault] = []
    tokens: Tokens

    def fetch(_client: OAuthClient, _deadline: Deadline, network: Network) -> Grant:
        def wait() -> None:
            with pytest.raises(Fault) as caught:
                tokens.take(CLIENT, Deadline(0.0, lambda: 0.0), network)
            late.append(caught.value)

        other = threading.Thread(target=wait)
        other.start()
        other.join(LONG)
        return Grant(Secret("t0k3n"), 3600.0)

    tokens = Tokens(fetch)
    assert tokens.take(CLIENT, Deadline(LONG), Network()).fresh
    (fault,) = late
    assert isinstance(fault, Fault)
    assert fault.reason is OAuthReason.TIMEOUT


def _raise(fault: Fault | NetworkFault) -> Grant:
    raise fault


def test_no_token_stands_in_a_repr() -> None:
    """F4: nor the client's secret."""
    endpoint = Endpoint()
    token = endpoint.tokens.take(CLIENT, Deadline(LONG), Network())
    for thing in (token, CLIENT, Grant(token.value, 1.0), endpoint.tokens):
        assert "t0k3n" not in repr(thing)
        assert "s3cret" not in repr(thing)
