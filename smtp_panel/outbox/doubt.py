"""Whether a server that fails at a message fails at every one, or at this one alone (SPEC M4)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from smtp_panel.outbox import told
from smtp_panel.outbox.judgement import its_own
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outcomes import Outcome
from smtp_panel.outbox.suspects import Suspects


class Trouble(Enum):
    """Whose a failure is: the service's, that of this connection, or of the one message."""

    SERVICE = auto()
    CONNECTION = auto()
    MESSAGE = auto()


class Doubt:
    """What a connection knows of a failure that looks like one of the service.

    `failed` is the outcome at which it was met, None where there is none: it is the service that
    fails where the next message fares the same. `suspects` are the messages at which that was on
    any connection.
    """

    def __init__(self, suspects: Suspects) -> None:
        self.failed: Outcome | None = None
        self._suspects = suspects
        self._again = False

    def settled(self, outcome: Outcome) -> Sequence[Outcome] | None:
        """What is certain now that a message came to `outcome`, the older one first.

        None where the service failed at the message before as well: this one counts as not tried.
        """
        if outcome.of_service:
            if self.failed:
                self._again = True
                return None
            self.failed = outcome
            return []
        if outcome.state is MessageState.SENT:
            self._suspects.taken(outcome.claimed.id)
        before, self.failed = self.failed, None
        return [its_own(before), outcome] if before else [outcome]

    def trouble(self, failed: Outcome, *, delivered: int, still_good: bool) -> Trouble:
        """Whose trouble it is at the end that the last message `failed`, after so many `delivered`.

        A connection that was good for others, and has ended, is followed by another. Where it is
        the service, and on other connections too, a different message is the next to be tried; if
        that is taken, another failure at this one is its own.
        """
        of_service = self._again or told.is_of_a_limit(failed.diagnosis)
        if not of_service and self._suspects.failed_at(failed.claimed.id):
            return Trouble.MESSAGE
        if delivered and not still_good:
            return Trouble.CONNECTION
        return Trouble.SERVICE if of_service or not delivered else Trouble.MESSAGE
