"""How the mail path stands, one row a node."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Enum, String
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.storage import Base, UTCDateTime


class Health(StrEnum):
    """What is known: nothing yet, that it works, or what keeps mail from leaving."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    UNCONFIGURED = "unconfigured"
    SECRET_LOST = "secret_lost"  # noqa: S105  (a state, no secret)
    FAILED = "failed"


WORKING = frozenset({Health.UNKNOWN, Health.HEALTHY})


class NodeStatus(Base):
    """What node `node` found when it last checked version `settings_version` of the settings.

    `since` is when `health` began; `run_id` the last finished check or test of the saved
    settings, `checking` the one under way.
    """

    __tablename__ = "node_status"

    node: Mapped[str] = mapped_column(String(255), primary_key=True)
    health: Mapped[Health] = mapped_column(
        Enum(Health, native_enum=False, length=20), default=Health.UNKNOWN
    )
    since: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    settings_version: Mapped[int | None]
    server: Mapped[str] = mapped_column(String(255), default="")
    run_id: Mapped[str | None] = mapped_column(String(32))
    checking: Mapped[str | None] = mapped_column(String(32))
    checking_until: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    @property
    def broken(self) -> bool:
        """Whether something keeps mail from leaving this node."""
        return self.health not in WORKING

    def is_checking(self, now: datetime.datetime) -> bool:
        """Whether a check is under way; one whose process died is not, once its time is over."""
        return bool(self.checking and self.checking_until and now < self.checking_until)

    def explanation(self) -> Diagnosis | None:
        """Why the last check failed."""
        return Diagnosis.from_json(self.diagnosis) if self.diagnosis else None
