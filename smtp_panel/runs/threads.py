"""Work in a thread of its own, as long as this machine allows one more."""

from __future__ import annotations

import threading
from collections.abc import Callable

from smtp_panel.words import N_, Sentence


class Busy(Exception):
    """No slot is free: as many checks are under way as may be at once. `sentence` is for people."""

    sentence = Sentence(N_("As many tests as possible are under way. Try again in a few seconds."))


def in_thread(work: Callable[[], object], name: str) -> threading.Thread:
    """Do `work` in a thread, which the end of the process does not wait for; raises Busy."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # can't start new thread
        raise Busy from error
    return thread
