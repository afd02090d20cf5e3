"""What an attempt to hand a message over came to."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.journal import Mark
from smtp_panel.outbox.model import MessageState
from smtp_panel.smtp.facts import Stage
from smtp_panel.words import Said

# What a message is called whose recipients fared differently: the first of these that one has.
WORST_FIRST = (
    MessageState.WAITING,
    MessageState.UNCERTAIN,
    MessageState.FAILED,
    MessageState.SENT,
)
MAY_HAVE_IT = (MessageState.SENT, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message for one recipient, in the words of the server, or ours.

    `instead` is the address that staging put in the place of theirs.
    """

    state: MessageState
    says: Said = ""
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt at `claimed` ended: the fate of each recipient that it named, by number.

    There may be a `rest` who wait as before; it `goes_on` at once where they need not fare the
    same. `again` is when those that still wait are tried next, None where none does; at once where
    it went by the settings of another `generation` than the current one. It took `ms` milliseconds,
    and went by `account`; `diagnosis` is why not everybody has the message, and `stage` where it
    ended that nobody has it. `of_service` says that nobody has it and that, as far as the server's
    words go, every other message would fare the same, and `expired` that its content is of no use
    to anybody any more. It `came_to` the worst of the fates, whatever became of others before;
    `state` is where the message stands now as a whole.
    """

    claimed: Claimed
    at: datetime.datetime
    ms: float
    fates: Mapping[int, Fate]
    rest: bool = False
    goes_on: bool = False
    account: str = ""
    generation: int | None = None
    again: datetime.datetime | None = None
    diagnosis: Diagnosis | None = None
    stage: Stage | None = None
    queue_id: str = ""
    says: Said = ""
    of_service: bool = False
    expired: bool = False
    came_to: MessageState = field(init=False)
    state: MessageState = field(init=False)

    def __post_init__(self) -> None:
        states = [fate.state for fate in self.fates.values()]
        others = [self.claimed.settled] if self.claimed.settled else []
        others += [MessageState.WAITING] if self.rest else []
        object.__setattr__(self, "came_to", _worst(states))
        object.__setattr__(self, "state", _worst([self.came_to, *others]))

    @property
    def keeps_reason(self) -> bool:
        """Whether not everybody has the message for a reason that an earlier attempt has met."""
        return self.came_to is MessageState.SENT is not self.state

    @property
    def leaves_no_body(self) -> bool:
        """Whether nobody needs its octets any more, once it is finished."""
        expired = self.expired and self.state is MessageState.FAILED
        return expired or self.state is MessageState.SENT

    @property
    def settled(self) -> MessageState | None:
        """The worst that became of those who no longer wait."""
        met = {self.claimed.settled, *(fate.state for fate in self.fates.values())}
        return next((state for state in WORST_FIRST[1:] if state in met), None)

    @property
    def mark(self) -> Mark | None:
        """What the journal is to have of it until it is written down.

        None where some have it, or may have it, and others do not.
        """
        if self.came_to is MessageState.SENT and len(self.fates) == len(self.claimed.recipients):
            return Mark.TAKEN
        open_ = any(fate.state in MAY_HAVE_IT for fate in self.fates.values())
        return None if open_ else Mark.ANSWERED

    @property
    def taken(self) -> int:
        """How many recipients of the envelope the server took it for, or may have."""
        fates = self.fates.items()
        return len({fate.instead or nth for nth, fate in fates if fate.state in MAY_HAVE_IT})

    @property
    def waiting(self) -> list[tuple[int, str]]:
        """Those of the claimed recipients who still wait, by number; first who was not named."""
        people, fates = self.claimed.recipients.items(), self.fates
        left = [(nth, to) for nth, to in people if nth not in fates]
        named = ((nth, to) for nth, to in people if nth in fates)
        return [*left, *(each for each in named if fates[each[0]].state is MessageState.WAITING)]


def _worst(states: Collection[MessageState]) -> MessageState:
    return min(states, key=WORST_FIRST.index)
