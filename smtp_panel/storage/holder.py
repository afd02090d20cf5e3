"""Which process keeps a database of SQLite locked, as far as Linux tells (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

WRITE_LOCK = 120  # the octet of the shared memory that a writer locks; sqlite.org/walformat.html
STOPPED = "T"


def holder(database: str, proc: Path = Path("/proc")) -> str:
    """The process that writes in the file `database`, in words; empty where nobody knows.

    The file itself is not opened: closing it again would drop the locks of this process.
    """
    try:
        file = os.stat(f"{database}-shm")
        held = list(_held(proc / "locks", file))
    except OSError:
        return ""
    for process in held:
        try:
            name = (proc / process / "comm").read_text().strip()
            state = (proc / process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # it has ended
        stopped = ", which is stopped" if state == STOPPED else ""
        return f"process {process} ({name}){stopped}"
    return ""


def _held(locks: Path, file: os.stat_result) -> Iterator[str]:
    """The other processes that hold the lock of a writer on this file."""
    device = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}"
    for line in locks.read_text().splitlines():
        words = line.split()[1:]
        if words[:1] != ["POSIX"] or words[2:3] != ["WRITE"]:
            continue
        process, place, start, end = words[3:7]
        covers = int(start) <= WRITE_LOCK and (end == "EOF" or int(end) >= WRITE_LOCK)
        if place == f"{device}:{file.st_ino}" and covers and process != str(os.getpid()):
            yield process
