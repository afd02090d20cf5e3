"""SPEC A8, L1: past one machine, Redis counts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from smtp_panel.access import limits
from smtp_panel.config import Config, ConfigError
from smtp_panel.secret import Secret
from tests.access.conftest import Clock
from tests.access.test_limits import attempts, wait_told
from tests.forked import PROCESSES
from tests.servers.redis import redis_server

# Seconds, for a Redis that is not silent, but on a machine that is busy with other tests.
PATIENCE = {"socket_connect_timeout": 30, "socket_timeout": 30}


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a Redis of our own is."""
    for name, seconds in PATIENCE.items():
        monkeypatch.setitem(limits.REDIS_OPTIONS, name, seconds)
    with redis_server() as redis:
        yield redis.url


def panel(data_dir: Path, url: str) -> Flask:
    app = Flask("panel")
    limits.init_app(app, Config(data_dir=data_dir, redis_url=Secret(url)))
    return app


def try_in_process(data_dir: Path, url: str, number: int) -> int:
    limits.REDIS_OPTIONS.update(PATIENCE)
    return attempts(panel(data_dir, url), "ada", number)


def test_parallel_processes_share_the_count(tmp_path: Path, redis_url: str) -> None:
    """L1: without a file."""
    with PROCESSES.Pool(8) as pool:
        passed = pool.starmap(try_in_process, [(tmp_path, redis_url, 5)] * 8, chunksize=1)
    assert sum(passed) == 6
    assert 1 <= wait_told(panel(tmp_path, redis_url), "ada") <= 60
    assert list(tmp_path.iterdir()) == []


def test_everybody_together_may_do_three_times_what_one_admin_may(
    tmp_path: Path, redis_url: str
) -> None:
    """L1: and a refused attempt is charged to nobody."""
    app = panel(tmp_path, redis_url)
    assert [attempts(app, admin, 50) for admin in ("ada", "bob", "cy", "dee")] == [6, 6, 6, 0]


def test_without_redis_each_process_counts_for_itself(tmp_path: Path) -> None:
    """L1: the panel works on, and nothing goes uncounted."""
    app = panel(tmp_path, f"redis+unix://{tmp_path}/nobody.sock")
    assert attempts(app, "ada", 20) == 6
    assert 1 <= wait_told(app, "ada") <= 60


class SilentServer:
    """Takes connections at a port of loopback and never says a word; counts them."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.taken: list[socket.socket] = []
        self.thread = threading.Thread(target=self._take)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.taken.append(connection)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection in self.taken:
            connection.close()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.close()


def test_a_silent_redis_is_not_asked_again_for_a_while(
    tmp_path: Path, silent: SilentServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: each process counts by itself meanwhile, which is said once."""
    app = Flask("panel")
    limits.init_app(app, Config(data_dir=tmp_path, redis_url=Secret(silent.url)), clock)
    assert attempts(app, "ada", 10) == 6
    assert len(silent.taken) == 1
    clock.now += 29
    assert attempts(app, "bob", 1) == 1
    assert len(silent.taken) == 1
    clock.now += 2
    assert attempts(app, "bob", 1) == 1
    assert len(silent.taken) == 2
    assert caplog.text.count("each process counts its own") == 1


def test_redis_counts_again_once_it_answers(
    tmp_path: Path, redis_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """L1."""
    app = Flask("panel")
    away, back = (
        Path(f"{redis_url.removeprefix('redis+unix://')}.away"),
        Path(redis_url.removeprefix("redis+unix://")),
    )
    limits.init_app(app, Config(data_dir=tmp_path, redis_url=Secret(redis_url)), clock)
    back.rename(away)
    assert attempts(app, "ada", 10) == 6
    away.rename(back)
    clock.now += 31
    assert attempts(app, "ada", 10) == 6
    assert "Redis counts limits again" in caplog.text


@pytest.mark.parametrize(
    "url", ["gopher://h4nter22@x", "redis:/h4nter22", "redis://h4nter22@x:port/0"]
)
def test_a_url_that_is_none_is_refused_at_start(tmp_path: Path, url: str) -> None:
    """L1: by a sentence without the URL, which may hold a password."""
    with pytest.raises(ConfigError, match="SMTP_PANEL_REDIS_URL can't be used") as caught:
        panel(tmp_path, url)
    assert "h4nter22" not in str(caught.value)
