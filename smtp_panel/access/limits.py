"""How often something may be tried: per person and for the installation as a whole (SPEC L1-L4).

Flask-Limiter counts, over all processes and restarts: in a SQLite file of its own, or in Redis.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal, TypeAlias

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from smtp_panel.access.limit_storage import SCHEME, SQLiteStorage
from smtp_panel.config import Config, ConfigError, kinds
from smtp_panel.words import N_

EXTENSION = "smtp_panel.limits"
SHARE_OF_ALL = 3  # everybody together may do this many times what one may, unless it is stated
REDIS_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 2}  # seconds
REDIS_ADVICE = "can't be used: write redis://host:port/0."

Attempt: TypeAlias = Literal["save", "test", "login"]
Items: TypeAlias = list[RateLimitItem]
Window: TypeAlias = tuple[RateLimitItem, str]


class LimitReached(Exception):
    """No attempt was made, nor counted; the next may pass after `retry_after` whole seconds."""

    message = N_("Too many attempts. Try again in %(seconds)s seconds.")

    def __init__(self, retry_after: int) -> None:
        super().__init__(self.message % {"seconds": retry_after})
        self.retry_after = retry_after


class LimitsUnavailable(Exception):
    """Attempts can't be counted, so none was made.

    `message` and `remedy` are for whoever tried; `detail`, where they are counted and what is wrong
    there, is for those who run the installation alone.
    """

    message = N_("Nothing was tried, because attempts can't be counted.")
    remedy = N_(
        "Make sure that the disk has space and that the file of the limits can be written. If it is"
        " damaged, delete it."
    )

    def __init__(self, detail: str) -> None:
        super().__init__(f"{self.message} {self.remedy} ({detail})")
        self.detail = detail


def charge(kind: Attempt, key: str) -> None:
    """Count one attempt of `key` (a person, an address) before it is made.

    Raise LimitReached when it is one too many for `key` or for the installation, LimitsUnavailable
    when it can't be counted. An empty `key` is a ValueError: it would be everybody's.
    """
    limits: Limits = current_app.extensions[EXTENSION]
    limits.charge(kind, key)


def init_app(app: Flask, config: Config, clock: Callable[[], float] = time.time) -> None:
    """Make `charge` count for `app`; raise ConfigError for limits or a Redis that can't be used.

    `clock` gives seconds since the epoch; Redis keeps its own.
    """
    app.extensions[EXTENSION] = Limits(app, config, clock)


class Limits:
    """The limits of one installation, and the Flask-Limiter extension that counts them."""

    def __init__(self, app: Flask, config: Config, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._of_one: dict[Attempt, Items] = {
            "save": _parse("SMTP_PANEL_SAVE_LIMIT", config.save_limit),
            "test": _parse("SMTP_PANEL_TEST_LIMIT", config.test_limit),
            "login": _parse("SMTP_PANEL_LOGIN_LIMIT", config.login_limit),
        }
        self._of_all: dict[Attempt, Items] = {
            kind: [type(each)(each.amount * SHARE_OF_ALL, each.multiples) for each in items]
            for kind, items in self._of_one.items()
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

    def charge(self, kind: Attempt, key: str) -> None:
        """See the function of this name."""
        if not key.strip():
            raise ValueError("a limit needs a key that is not empty")
        windows = list(self._windows(kind, key))
        storage = self._extension.storage
        try:
            self._count(self._extension.limiter, windows)
        except storage.base_exceptions as error:
            if self._fallback is None:
                raise LimitsUnavailable(f"{self._file}: {error}") from error
            reason = type(error).__name__
            current_app.logger.warning("Redis can't count limits (%s); this process does", reason)
            self._count(self._fallback, windows)

    def _windows(self, kind: Attempt, key: str) -> Iterator[Window]:
        """The windows of `key`, hashed to keep addresses out of the file, and of everybody."""
        digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
        for item in self._of_one[kind]:
            yield item, f"{kind}/one/{digest}"
        for item in self._of_all[kind]:
            yield item, f"{kind}/all"

    def _count(self, limiter: RateLimiter, windows: list[Window]) -> None:
        """Hit all windows, or raise LimitReached; without transactions a lost race is counted."""
        with _transaction(limiter.storage):
            if any(limiter.get_window_stats(*window).remaining <= 0 for window in windows):
                raise LimitReached(self._wait(limiter, windows))
            if not all(limiter.hit(*window) for window in windows):
                raise LimitReached(self._wait(limiter, windows))

    def _wait(self, limiter: RateLimiter, windows: list[Window]) -> int:
        """Whole seconds until every window has room."""
        stats = [limiter.get_window_stats(*window) for window in windows]
        full = [each.reset_time for each in stats if each.remaining <= 0]
        return max(1, math.ceil(max(full, default=0.0) - self._clock()))


def _parse(name: str, text: str) -> Items:
    """The limits that `text` states; a malformed or empty one would be no limit at all."""
    try:
        return parse_many(kinds.LIMIT.parse(text))
    except ValueError as error:
        raise ConfigError(name, f"can't be {text!r}: {error}") from None


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
