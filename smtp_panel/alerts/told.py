"""That an alert did not arrive."""

from __future__ import annotations


class NotTold(Exception):
    """An alert was not taken: `message` is a sentence that says why, with `params` to fill in."""

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params
