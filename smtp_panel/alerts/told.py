"""That an alert did not arrive."""

from __future__ import annotations

from smtp_panel.words import Quoted, Sentence


class NotTold(Exception):
    """An alert was not taken, and `why`, in our words or those of whom it was given to."""

    def __init__(self, why: Sentence | Quoted) -> None:
        super().__init__(str(why))
        self.why = why
