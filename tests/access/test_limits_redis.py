"""SPEC A8, L1: past one machine, Redis counts."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask

from smtp_panel.access import limits
from smtp_panel.config import Config, ConfigError
from smtp_panel.secret import Secret
from tests.access.processes import PROCESSES
from tests.access.test_limits import attempts, wait_told

SERVER = shutil.which("redis-server")


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis of our own, at a socket, with nothing on disk."""
    if SERVER is None:
        pytest.fail("Redis is not installed: apt-get install redis-server", pytrace=False)
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        command = [
            SERVER,
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--dir",
            folder,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in process.stdout:
                if "Ready to accept" in line or "ready to accept" in line:
                    break
            yield f"redis+unix://{socket}"
            process.terminate()


def panel(data_dir: Path, url: str) -> Flask:
    app = Flask("panel")
    limits.init_app(app, Config(data_dir=data_dir, redis_url=Secret(url)))
    return app


def try_in_process(data_dir: Path, url: str, number: int) -> int:
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


@pytest.mark.parametrize(
    "url", ["gopher://h4nter22@x", "redis:/h4nter22", "redis://h4nter22@x:port/0"]
)
def test_a_url_that_is_none_is_refused_at_start(tmp_path: Path, url: str) -> None:
    """L1: by a sentence without the URL, which may hold a password."""
    with pytest.raises(ConfigError, match="SMTP_PANEL_REDIS_URL can't be used") as caught:
        panel(tmp_path, url)
    assert "h4nter22" not in str(caught.value)
