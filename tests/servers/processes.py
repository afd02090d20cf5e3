"""Servers that are programs of their own, from their start until no process of theirs is left."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from tests.servers.ports import HOST

WAIT_SECONDS = 60.0
PAUSE_SECONDS = 0.01
# The input is a pipe, which the kernel closes even when our process is killed.
UNTIL_END_OF_INPUT = '"$@" & exec 2>/dev/null; read -r _; kill $!; wait $!'
NO_MORE: Mapping[str, str] = {}


@contextmanager
def folder_of(name: str) -> Iterator[Path]:
    """A folder for a server until the block ends, and until no process works in it any more."""
    # Not pytest's own folder, where the servers' users can't go.
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(wait_until, lambda: not processes_in(folder))
        yield folder


@contextmanager
def running(
    *commands: Sequence[str], log: Path | None = None, environment: Mapping[str, str] = NO_MORE
) -> Iterator[None]:
    """Run the commands until the block ends, or our own process, however that ends.

    What they print goes to `log`; `environment` is added to our own.
    """
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb")) if log else None
        processes = [_start(command, output, environment) for command in commands]
        try:
            yield
        except TimeoutError as error:
            error.add_note(log.read_text(errors="replace") if log else "nothing was logged")
            raise
        finally:
            for process in processes:
                assert process.stdin
                process.stdin.close()
            for process in processes:
                process.wait(WAIT_SECONDS)


def _start(
    command: Sequence[str], output: BinaryIO | None, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["sh", "-c", UNTIL_END_OF_INPUT, "sh", *command],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def processes_in(folder: Path) -> list[str]:
    """The ids of the processes whose working directory is below the folder."""
    return [home.parent.name for home in Path("/proc").glob("[0-9]*/cwd") if _is_in(folder, home)]


def is_stopped(process: int) -> bool:
    """Whether a process is in the state "T" of proc(5), as SIGSTOP leaves it."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def wait_for_ports(ports: Iterable[int]) -> None:
    """Return once somebody listens on each of these ports of loopback."""
    wait_until(lambda: all(map(_listens, ports)))


def wait_until(condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
    """Return once the condition holds; TimeoutError when it doesn't within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("a server did not start or end in time")
        threading.Event().wait(PAUSE_SECONDS)


def _is_in(folder: Path, home: Path) -> bool:
    try:
        return home.readlink().is_relative_to(folder)
    except OSError:
        return False  # it ended meanwhile, or is another user's


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), WAIT_SECONDS).close()
    except ConnectionError:
        return False
    return True
