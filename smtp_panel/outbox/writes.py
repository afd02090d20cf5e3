"""What is brought to an outbox to be written."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

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
