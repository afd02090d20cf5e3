"""The errors that a person can make when signing in or changing an account, in words for them."""

from __future__ import annotations


class AccessError(Exception):
    """A refusal: `message` is a text for translation over `params`; `field` is what to change."""

    def __init__(self, field: str | None, message: str, **params: str) -> None:
        super().__init__(message % params)
        self.field = field
        self.message = message
        self.params = params


class EmailTaken(AccessError):
    """There is an account with this mail address already."""


class LinkRefused(AccessError):
    """A one-time link that is unknown, used or expired."""
