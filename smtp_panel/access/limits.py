"""How often something may be tried: per person and for the installation as a whole (SPEC L1-L4).

Flask-Limiter counts, over all processes and restarts: in a SQLite file of its own, or in Redis. Its
decorators are not used, for they charge some of several limits where another refuses; see
tests/access/test_limiter.py.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from smtp_panel.access.limit_storage import SCHEME, SQLiteStorage
from smtp_panel.audit import Actor
from smtp_panel.config import Config, ConfigError, kinds
from smtp_panel.net.address import ip_of
from smtp_panel.words import N_

log = logging.getLogger(__name__)

LIMITS_EXTENSION = "smtp_panel.limits"
SHARE_OF_ALL = 3  # everybody together may do this many times what one may, unless it is stated
REDIS_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": 0.15,  # seconds
    "socket_timeout": 0.15,
    "retry": Retry(NoBackoff(), 0),
}
SILENCE = 30.0  # seconds for which a Redis that did not answer is not asked again
REDIS_ADVICE = "can't be used: write redis://host:port/0."

AttemptKind: TypeAlias = Literal["save", "test", "login", "reset", "invite"]
SHARED: tuple[AttemptKind, ...] = ("save", "test")  # have a budget of the installation as a whole
Items: TypeAlias = list[RateLimitItem]


class Window(NamedTuple):
    """The hits of `key` within the time of `item`, and how many the attempt adds to them."""

    item: RateLimitItem
    key: str
    cost: int


class LimitReached(Exception):
    """Too many attempts: this one was not made or counted. Try again in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts; the next one in {retry_after} s")
        self.retry_after = retry_after


class LimitsUnavailable(Exception):
    """Attempts can't be counted, so none was made.

    `message` and `remedy` are for whoever tried. `detail` says where attempts are counted and what
    is wrong there: it is only for those who run the installation.
    """

    message = N_("Nothing was tried, because attempts can't be counted.")
    remedy = N_(
        "Make sure that the disk has space and that the file of the limits can be written. If it is"
        " damaged, delete it."
    )

    def __init__(self, detail: str) -> None:
        super().__init__(f"{self.message} {self.remedy} ({detail})")
        self.detail = detail


def charge(kind: AttemptKind, *keys: str, times: int = 1) -> None:
    """Count one attempt of each of `keys` (a person, an address, an account) before it is made.

    Or so many `times`, and where that is more than a limit ever allows, as many as it allows.
    Raise LimitReached when it is one too many for one of them or, for a save or a test, for the
    installation: then it counts for none. Raise LimitsUnavailable when it can't be counted. An
    empty key is a ValueError: it would be everybody's.
    """
    limits: AttemptLimits = current_app.extensions[LIMITS_EXTENSION]
    limits.charge(kind, *keys, times=times)


def charge_actor(kind: AttemptKind, by: Actor, times: int = 1) -> None:
    """Count an attempt of an account or of an API key, or so many `times`; raises LimitReached.

    Whoever runs commands owns the machine, and has no limit.
    """
    if by.user_id is not None:
        charge(kind, f"user {by.user_id}", times=times)
    elif by.key_id is not None:
        charge(kind, f"key {by.key_id}", times=times)


def network_of(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 of an IPv6 one (RFC 4291, 2.5.4)."""
    try:
        ip = ip_of(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64 if ip.version == 6 else 32), strict=False))


def init_app(app: Flask, config: Config, clock: Callable[[], float] = time.time) -> None:
    """Make `charge` count for `app`; raise ConfigError for limits or a Redis that can't be used.

    `clock` gives seconds since the epoch; Redis keeps its own.
    """
    app.extensions[LIMITS_EXTENSION] = AttemptLimits(app, config, clock)


class AttemptLimits:
    """The limits of one installation, and the Flask-Limiter extension that counts them."""

    def __init__(self, app: Flask, config: Config, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._of_one: dict[AttemptKind, Items] = {
            "save": _parse("SMTP_PANEL_SAVE_LIMIT", config.save_limit),
            "test": _parse("SMTP_PANEL_TEST_LIMIT", config.test_limit),
            "login": _parse("SMTP_PANEL_LOGIN_LIMIT", config.login_limit),
            "reset": _parse("SMTP_PANEL_RESET_LIMIT", config.reset_limit),
            "invite": _parse("SMTP_PANEL_INVITE_LIMIT", config.invite_limit),
        }
        self._of_all: dict[AttemptKind, Items] = {
            kind: _shared(self._of_one[kind]) for kind in SHARED
        }
        if config.save_limit_all:
            self._of_all["save"] = _parse("SMTP_PANEL_SAVE_LIMIT_ALL", config.save_limit_all)
        if config.test_limit_all:
            self._of_all["test"] = _parse("SMTP_PANEL_TEST_LIMIT_ALL", config.test_limit_all)
        self._file = (config.data_dir / "limits.db").absolute()
        self._extension = _extension(app, config, self._file)
        storage = self._extension.storage
        if isinstance(storage, SQLiteStorage):
            storage.clock = clock
        self._fallback = MovingWindowRateLimiter(MemoryStorage()) if config.redis_url else None
        self._silent_until: float | None = None  # while Redis is, else None

    def charge(self, kind: AttemptKind, *keys: str, times: int = 1) -> None:
        """See the function of this name."""
        if not keys or not all(key.strip() for key in keys):
            raise ValueError("a limit needs a key that is not empty")
        windows = list(self._windows(kind, keys, times))
        if self._fallback is None:
            self._charge_file(windows)
        else:
            self._charge_redis(windows, self._fallback)

    def _charge_file(self, windows: list[Window]) -> None:
        try:
            self._count(self._extension.limiter, windows)
        except self._extension.storage.base_exceptions as error:
            raise LimitsUnavailable(f"{self._file}: {error}") from error

    def _charge_redis(self, windows: list[Window], fallback: RateLimiter) -> None:
        """Count in Redis; while that is silent each process counts by itself."""
        if self._silent_until is None or self._clock() >= self._silent_until:
            try:
                self._count(self._extension.limiter, windows)
            except self._extension.storage.base_exceptions as error:
                self._note_silence(type(error).__name__)
            else:
                self._note_answer()
                return
        self._count(fallback, windows)

    def _note_silence(self, reason: str) -> None:
        if self._silent_until is None:
            log.warning("Redis can't count limits (%s); each process counts its own", reason)
        self._silent_until = self._clock() + SILENCE

    def _note_answer(self) -> None:
        if self._silent_until is not None:
            log.warning("Redis counts limits again")
        self._silent_until = None

    def _windows(self, kind: AttemptKind, keys: Iterable[str], times: int) -> Iterator[Window]:
        """The windows of `keys`, hashed to keep addresses out of the file, and of everybody."""
        for key in keys:
            digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
            for item in self._of_one[kind]:
                yield Window(item, f"{kind}/one/{digest}", min(times, item.amount))
        for item in self._of_all.get(kind, []):
            yield Window(item, f"{kind}/all", min(times, item.amount))

    def _count(self, limiter: RateLimiter, windows: list[Window]) -> None:
        """Hit all windows, or raise LimitReached; without transactions a lost race is counted."""
        with _transaction(limiter.storage):
            if any(_remaining(limiter, each) < each.cost for each in windows):
                raise LimitReached(self._wait(limiter, windows))
            if not all(limiter.hit(each.item, each.key, cost=each.cost) for each in windows):
                raise LimitReached(self._wait(limiter, windows))

    def _wait(self, limiter: RateLimiter, windows: list[Window]) -> int:
        """Whole seconds until every window has room, or more of it."""
        stats = [(limiter.get_window_stats(each.item, each.key), each.cost) for each in windows]
        full = [each.reset_time for each, cost in stats if each.remaining < cost]
        return max(1, math.ceil(max(full, default=0.0) - self._clock()))


def _remaining(limiter: RateLimiter, window: Window) -> int:
    return limiter.get_window_stats(window.item, window.key).remaining


def _parse(name: str, text: str) -> Items:
    """The limits that `text` states; a malformed or empty one would be no limit at all."""
    try:
        return parse_many(kinds.LIMIT.parse(text))
    except ValueError as error:
        raise ConfigError(name, f"can't be {text!r}: {error}") from None


def _shared(items: Items) -> Items:
    """The limits for everybody together, where the operator set none."""
    return [type(each)(each.amount * SHARE_OF_ALL, each.multiples) for each in items]


def _extension(app: Flask, config: Config, file: Path) -> Limiter:
    """Flask-Limiter on the storage that `config` names."""
    limiter = Limiter(
        get_remote_address,
        strategy="moving-window",
        storage_uri=config.redis_url.reveal() or f"{SCHEME}://{file}",
        storage_options=dict(REDIS_OPTIONS) if config.redis_url else {},
    )
    # No view is decorated, so its hooks, for which it looks here, would be spent on every request.
    app.extensions.setdefault("limiter", set()).add(limiter)
    try:
        limiter.init_app(app)
    except (ConfigurationError, ValueError):
        # What the libraries say may hold the URL, and that a password.
        raise ConfigError("SMTP_PANEL_REDIS_URL", REDIS_ADVICE) from None
    return limiter


def _transaction(storage: Storage) -> AbstractContextManager[object]:
    """One transaction over all windows where the storage knows such a thing."""
    return storage.transaction() if isinstance(storage, SQLiteStorage) else nullcontext()
