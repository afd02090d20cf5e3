"""The files of tests lie in memory where that has room, since none is to outlive the machine."""

from __future__ import annotations

import os
import tempfile

MEMORY = "/dev/shm"
ROOM = 2 * 1024**3  # octets, for all workers at once


def keep_files_in_memory() -> None:
    """Let the temporary files of tests, and of the programs that they start, wait for no disk.

    They lie elsewhere where TMPDIR says so, or memory is full or may hold no programs.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK):
        about = os.statvfs(MEMORY)
        if about.f_bavail * about.f_frsize >= ROOM and not about.f_flag & os.ST_NOEXEC:
            os.environ["TMPDIR"] = tempfile.tempdir = MEMORY
