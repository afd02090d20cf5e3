"""Real processes, started quickly: each is forked off one that has the modules loaded."""

from __future__ import annotations

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.access.application"])
