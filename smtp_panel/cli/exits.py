"""How commands end: the exit code of each way, which programs go by."""

from __future__ import annotations

DONE, MAIL_FAILS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # the last as shells tell SIGINT

MEANINGS = {
    DONE: "it is done; where it is about the mail path, that works",
    MAIL_FAILS: "the mail path fails, no node runs, or what the panel has stored can't be used",
    BAD_INPUT: "bad input: an option, a value, an id, or a variable of the environment",
    INTERRUPTED: "interrupted by Ctrl-C",
}
