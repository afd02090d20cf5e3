"""The status of the mail path, one row for each node."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, String, Text, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.runs.egress import Egress, EgressOrigin
from smtp_panel.settings.model import Settings
from smtp_panel.storage import ONLY_ROW, Base, KnownOf, UTCDateTime, utcnow


class Health(StrEnum):
    """The health of the mail path: not known yet, working, or what keeps mail from leaving.

    STALLED is a node that lives, and whose checks are overdue.
    """

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    UNCONFIGURED = "unconfigured"
    SECRET_LOST = "secret_lost"  # noqa: S105  (a state, no secret)
    FAILED = "failed"
    STALLED = "stalled"


class NodeState(StrEnum):
    """How a node stands, as other programs are told; GONE is one without a heartbeat."""

    VALID = "valid"
    FAILING = "failing"
    UNKNOWN = "unknown"
    GONE = "gone"


NODE_LEASE = datetime.timedelta(seconds=45)
# Until then a node that is gone is shown, and one that comes back knows since when it is as it is.
FORGOTTEN_AFTER = datetime.timedelta(hours=1)
WORKING = frozenset({Health.UNKNOWN, Health.HEALTHY})


class NodeStatus(Base):
    """What `node` found when it last checked version `settings_version` of the settings.

    `found` has been so since `since`. `run_id` is the last finished check or test of the saved
    settings, `pinged_after` the last that was told by `alerts.ping`, and `checking` the one under
    way. The row is a lease: `seen_at` is the node's last heartbeat, and after NODE_LEASE without
    one it counts as gone. `egress_address` is the one from which the last check or test left the
    machine, `certificate_of` the subject of the certificate that the server showed.
    """

    __tablename__ = "node_status"

    node: Mapped[str] = mapped_column(String(255), primary_key=True)
    found: Mapped[Health] = mapped_column(
        "health", KnownOf(Health, 20, Health.UNKNOWN), default=Health.UNKNOWN
    )
    since: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime, default=utcnow)
    settings_version: Mapped[int | None]
    server: Mapped[str] = mapped_column(String(255), default="")
    run_id: Mapped[str | None] = mapped_column(String(32))
    pinged_after: Mapped[str | None] = mapped_column(String(32))
    checking: Mapped[str | None] = mapped_column(String(32))
    checking_until: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    egress_origin: Mapped[EgressOrigin | None] = mapped_column(KnownOf(EgressOrigin, 10))
    egress_address: Mapped[str | None] = mapped_column(String(45))
    certificate_of: Mapped[str] = mapped_column(Text, default="", server_default="")
    certificate_ends: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    version_in_force: Mapped[int | None] = column_property(
        select(Settings.version).where(Settings.id == ONLY_ROW).scalar_subquery()
    )

    @property
    def is_of_settings_in_force(self) -> bool:
        """Whether the last check was of the settings in force, and not of an older version."""
        return self.settings_version == (self.version_in_force or 0)

    @property
    def health(self) -> Health:
        """The health with the settings in force; UNKNOWN if `found` is of another version."""
        known = self.found is Health.STALLED or self.is_of_settings_in_force
        return self.found if known else Health.UNKNOWN

    @property
    def broken(self) -> bool:
        """Whether something keeps mail from leaving this node."""
        return self.health not in WORKING

    def state(self, now: datetime.datetime) -> NodeState:
        """How the node stands at the moment `now`."""
        if not self.is_alive(now):
            return NodeState.GONE
        if self.broken:
            return NodeState.FAILING
        return NodeState.VALID if self.health is Health.HEALTHY else NodeState.UNKNOWN

    @property
    def egress(self) -> Egress:
        """The address from which this node connects, as far as a check or test has shown it."""
        if self.egress_origin is None or self.egress_address is None:
            return Egress(EgressOrigin.UNKNOWN)
        return Egress(self.egress_origin, (self.egress_address,))

    def is_alive(self, now: datetime.datetime) -> bool:
        """Whether the node's last heartbeat is within NODE_LEASE."""
        return now < self.seen_at + NODE_LEASE

    def is_checking(self, now: datetime.datetime) -> bool:
        """Whether a check is under way; one that should have ended by now does not count."""
        return bool(self.checking and self.checking_until and now < self.checking_until)

    def explanation(self) -> Diagnosis | None:
        """Why the last check failed."""
        return Diagnosis.stored(self.diagnosis)
