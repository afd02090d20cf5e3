"""Redis: a server of our own at a socket, with nothing on disk."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PROGRAM = shutil.which("redis-server")
READY = "eady to accept"  # with a capital or without, by version


@dataclass(frozen=True)
class Redis:
    """A running server."""

    socket: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis+unix://{self.socket}"

    def kill(self) -> None:
        """End it, and forget all that it has counted."""
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server() -> Iterator[Redis]:
    """Run Redis until the block ends."""
    with TemporaryDirectory() as folder, serving(Path(folder)) as redis:
        yield redis


@contextmanager
def serving(folder: Path) -> Iterator[Redis]:
    """Run Redis at a socket in `folder` until the block ends."""
    if PROGRAM is None:
        pytest.fail("Redis is not installed: apt-get install redis-server", pytrace=False)
    socket = folder / "redis.sock"
    where = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder))
    with subprocess.Popen([PROGRAM, *where], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any(READY in line for line in process.stdout)
        yield Redis(socket, process)
        process.terminate()
