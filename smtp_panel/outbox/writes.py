"""What is brought to an outbox to be written."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Self

from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.outcomes import Outcome


@dataclass(eq=False, slots=True)
class Wanted:
    """A wish for up to `most` messages, which `found` has; none where the wish has `ended`.

    Until then it stands, and is the first to have what becomes due. One that is `probing` heeds no
    quota.
    """

    most: int
    ended: bool = False
    probing: bool = False
    found: Future[list[Claimed]] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Look:
    """Something may have become due, or a wish has ended."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Messages that were in hand and are left to others, not before `later`."""

    claimed: Sequence[Claimed]
    later: datetime.datetime | None
    counts: bool


Written = MailObject | Outcome | GivenBack | Wanted | Look


@dataclass(frozen=True, slots=True)
class Brought:
    """What is written in one transaction, by what it is.

    With it, where it `looks`, those are served who want messages: some may have become due.
    """

    mails: Sequence[MailObject]
    outcomes: Sequence[Outcome]
    back: Sequence[GivenBack]
    wanted: Sequence[Wanted]
    looks: bool

    @classmethod
    def of(cls, items: Sequence[Written]) -> Self:
        """The same as `items`."""
        mails = [item for item in items if isinstance(item, MailObject)]
        outcomes = [item for item in items if isinstance(item, Outcome)]
        back = [item for item in items if isinstance(item, GivenBack)]
        wanted = [item for item in items if isinstance(item, Wanted)]
        others = len(items) > len(mails) + len(outcomes) + len(wanted)
        return cls(mails, outcomes, back, wanted, others or any(each.again for each in outcomes))

    @property
    def lasting(self) -> bool:
        """Whether it has to survive a power cut."""
        return bool(self.mails or self.outcomes)
