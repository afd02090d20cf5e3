"""Programs that tests start: they end with their block, and say why they did not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.processes import folder_of, processes_in, running, wait_until
from tests.servers.roots import libraries, unpacked


def test_a_program_ends_with_its_block_and_then_its_folder_goes() -> None:
    with (
        folder_of("processes") as folder,
        running(*[("sh", "-c", f"cd {folder} && exec sleep 1000")] * 2),
    ):
        wait_until(lambda: len(processes_in(folder)) == 2)
    assert not processes_in(folder)
    assert not folder.exists()


def test_a_program_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError) as caught:
        _give_up_on(("sh", "-c", 'echo "$WHY" >&2'), tmp_path / "log")
    assert caught.value.__notes__ == ["no such port\n"]


def _give_up_on(command: tuple[str, ...], log: Path) -> None:
    with running(command, log=log, environment={"WHY": "no such port"}):
        wait_until(lambda: "port" in log.read_text())
        raise TimeoutError


def test_a_server_that_is_not_unpacked_says_how_to_get_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"nosuchd is not unpacked: scripts/setup\.sh test"):
        unpacked("nosuchd", "usr/sbin/nosuchd")


def test_a_program_brings_the_libraries_that_it_needs() -> None:
    found = libraries(Path("/bin/sh"))
    assert any(path.name.startswith("libc.so") for path in found)
    assert all(path.is_file() for path in found)
