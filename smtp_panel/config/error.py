"""What is wrong with a variable, for the operator who set it."""

from __future__ import annotations


class ConfigError(Exception):
    """A variable that can't be used: `name` says which, `message` what is wrong and what to write.

    `str()` is both in one sentence; it never holds the value of a secret.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name} {message}")
        self.name = name
        self.message = message
