"""What is brought to an outbox to be written."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.outbox.claims import Claimed, newborn
from smtp_panel.outbox.enqueue import MailObject, ready
from smtp_panel.outbox.journal import Claim
from smtp_panel.outbox.outcomes import Outcome
from smtp_panel.storage.bulk import Ready


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

    def have(self, read: Callable[[], list[Claimed]]) -> None:
        """Have what `read` gives, or why it can't be read."""
        try:
            claimed = read()
        except (SQLAlchemyError, MemoryError) as error:
            self.found.set_exception(error)
        else:
            self.found.set_result(claimed)


@dataclass(frozen=True, slots=True)
class Look:
    """Something may have become due, or a wish has ended."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Messages that were in hand and are left to others, not before `later`.

    A claim that `counts` came to no end.
    """

    claimed: Sequence[Claimed]
    later: datetime.datetime | None
    counts: bool = False


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
    def ended(self) -> list[Claim]:
        """The claims that end with it."""
        back = (claimed for each in self.back for claimed in each.claimed)
        return [each.claim for each in (*(o.claimed for o in self.outcomes), *back)]

    @property
    def lasting(self) -> bool:
        """Whether it has to survive a power cut."""
        return bool(self.mails or self.outcomes)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What stores mails, and the messages that those have in hand then who want some.

    It `leaves_due` what nobody wants yet.
    """

    statements: Sequence[Ready]
    found: Mapping[Wanted, list[Claimed]]
    leaves_due: bool

    @classmethod
    def of(
        cls,
        dialect: Dialect,
        mails: Sequence[MailObject],
        standing: Sequence[Wanted],
        now: datetime.datetime,
        worker: str | None,
    ) -> Self:
        """Of `mails` what is due goes at once to those of `worker` who found nothing before."""
        due = deque(sorted((each for each in mails if each.due <= now), key=lambda m: m.goes_in))
        found: dict[Wanted, list[Claimed]] = {}
        for wanted in standing:
            if due:
                taken = [due.popleft() for _ in range(min(wanted.most, len(due)))]
                found[wanted] = [newborn(mail) for mail in taken]
        owned = {claimed.id for each in found.values() for claimed in each}
        return cls(ready(dialect, mails, owned, worker), found, bool(due))

    def execute(self, connection: Connection) -> None:
        """Store them in the transaction of `connection`."""
        for each in self.statements:
            each.execute(connection)
