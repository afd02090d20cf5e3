"""What was last seen of a domain, and what changed when."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.deliverability.finding import CheckKind, Finding, State
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.newer import read_known
from smtp_panel.storage import ADDRESS, Base, KnownOf, UTCDateTime

# After which whoever looks has ended before they could tell.
LOOK_LEASE = datetime.timedelta(seconds=15)
DOMAIN = 255  # characters


class Deliverability(Base):
    """What is known of a From `domain`.

    `stored` are the findings that `seen_by` had at `seen_at`, with the settings of this `version`;
    None where nobody has looked yet. `states` is how each check was when it could last be looked
    up, and `lost` since when it is no longer right, where it was. `entered` are the selectors that
    somebody entered. Whoever looks right now has until `looking_until` to tell.
    """

    __tablename__ = "deliverability"

    domain: Mapped[str] = mapped_column(String(DOMAIN), primary_key=True)
    stored: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    seen_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    seen_by: Mapped[str] = mapped_column(String(ADDRESS), default="")
    version: Mapped[int | None]
    states: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    lost: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    entered: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    looking_until: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)

    @property
    def findings(self) -> list[Finding]:
        """What was last found, in the order of the checks."""
        return list(read_known(Finding.from_json, self.stored or []))

    @property
    def selectors(self) -> list[Selector]:
        """The selectors that were entered."""
        return [Selector(*each) for each in self.entered]

    @property
    def no_longer_right(self) -> dict[CheckKind, datetime.datetime]:
        """What was right and is no longer, and since when that is known."""
        moment = datetime.datetime.fromisoformat
        return {check: moment(self.lost[check]) for check in CheckKind if check in self.lost}

    def is_looking(self, now: datetime.datetime) -> bool:
        """Whether somebody looks at the moment `now`; not until long after it."""
        return self.looking_until is not None and now < self.looking_until <= now + LOOK_LEASE


class DeliverabilityChange(Base):
    """That a check of a `domain` came to be otherwise: `finding` is what was seen at `at`.

    What this version does not know, of what was `before` or is found, is None.
    """

    __tablename__ = "deliverability_change"
    __table_args__ = (Index("ix_deliverability_change_domain", "domain", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(DOMAIN))
    at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    before: Mapped[State | None] = mapped_column(KnownOf(State, 10), nullable=False)
    stored: Mapped[dict[str, Any]] = mapped_column(JSON)

    @property
    def finding(self) -> Finding | None:
        """What was seen then."""
        return next(read_known(Finding.from_json, [self.stored]), None)
