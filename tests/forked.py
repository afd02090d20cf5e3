"""Processes that start quickly: each is forked off one that has loaded the panel."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from smtp_panel.diagnosis.catalogue import catalogue

PATIENCE = 60  # seconds
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "hypothesis", "psycopg", "smtp_panel.serve", __name__])

catalogue()  # is kept once it is read, which takes a process longer than all else of its start


def at_once(count: int, run: Callable[..., None], *arguments: Any) -> list[tuple[int | None, str]]:
    """The exit code of each of `count` processes, and what it wrote to standard error.

    Each does `run(number, together, *arguments)`, and calls `together.wait()` when it is ready:
    from there all of them go on at the same moment.
    """
    together = PROCESSES.Barrier(count, timeout=PATIENCE)
    with TemporaryDirectory() as folder:
        logs = [Path(folder) / str(number) for number in range(count)]
        processes = [
            PROCESSES.Process(target=_run, args=(log, run, number, together, *arguments))
            for number, log in enumerate(logs)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(PATIENCE)
            process.kill()
        return [
            (process.exitcode, log.read_text())
            for process, log in zip(processes, logs, strict=True)
        ]


def _run(
    log: Path, run: Callable[..., None], number: int, together: Barrier, *arguments: Any
) -> None:
    with log.open("w") as errors:
        os.dup2(errors.fileno(), 2)
    run(number, together, *arguments)
