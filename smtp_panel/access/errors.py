"""The errors that a person can make when signing in or changing an account, in words for them."""

from __future__ import annotations

from smtp_panel.words import Marked, Sentence


class AccessError(Exception):
    """A refusal, in a `sentence`; `field` is what to change."""

    def __init__(self, field: str | None, message: Marked, **params: str | Sentence) -> None:
        self.sentence = Sentence(message, params)
        super().__init__(str(self.sentence))
        self.field = field


class EmailTaken(AccessError):
    """There is an account with this mail address already."""


class LinkRefused(AccessError):
    """A one-time link that is unknown, used or expired."""
