"""Who changed what, and when: a log that only grows, and that holds no secret (SPEC V5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel.secret import Secret
from smtp_panel.storage import ADDRESS, Base, UTCDateTime, utcnow

CHANGED = "changed"

Changes = Mapping[str, tuple[object, object]]


class AuditAction(StrEnum):
    """What was done."""

    SETTINGS_SAVED = "settings.saved"
    SETTINGS_CONFIRMED = "settings.confirmed"
    SECRETS_ENCRYPTED_ANEW = "secrets.encrypted_anew"
    TEST_STARTED = "test.started"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_REMOVED = "user.removed"
    ROLE_CHANGED = "user.role_changed"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGNED_OUT = "user.signed_out"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  (the name of an action)
    RESET_ASKED = "user.reset_asked"
    LINK_CREATED = "link.created"
    LOGIN_FAILED = "login.failed"
    MESSAGE_RESENT = "message.resent"
    MESSAGE_CANCELLED = "message.cancelled"
    MESSAGE_COUNTED_AS_SENT = "message.counted_as_sent"
    SENDING_PAUSED = "sending.paused"
    SENDING_RESUMED = "sending.resumed"
    LIMIT_LIFTED = "limit.lifted"
    LIMIT_KEPT = "limit.kept"
    STAGING_ON = "staging.on"
    STAGING_OFF = "staging.off"
    SELECTORS_CHANGED = "selectors.changed"
    FAILURE_ON = "failure.on"
    FAILURE_OFF = "failure.off"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    KEY_ACTED_AS = "key.acted_as"
    SCHEDULE_CREATED = "schedule.created"
    SCHEDULE_CHANGED = "schedule.changed"
    SCHEDULE_PAUSED = "schedule.paused"
    SCHEDULE_RESUMED = "schedule.resumed"
    SCHEDULE_RUN = "schedule.run"
    SCHEDULE_REMOVED = "schedule.removed"
    SCHEDULE_FAILING = "schedule.failing"


@dataclass(frozen=True)
class Actor:
    """Who does something: `name` is a mail address, `environment`, `command line` or `proxy`.

    `address` is the IP address they came from, or empty; `user_id` their account, where one did it,
    and `key_id` the client id of their API key: they are `key`, its name and the beginning of that
    id in brackets then, as `key Billing (3f9a2c)`.
    """

    name: str
    address: str = ""
    user_id: int | None = None
    key_id: str | None = None


class AuditEntry(Base):
    """One thing that someone did: `changes` maps a field to its old and its new value.

    The `action` is an AuditAction, or one of which only a newer version knows.

    The database itself refuses to change or remove one (`storage.append_only`).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_actor", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    actor: Mapped[str] = mapped_column(String(ADDRESS))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON, default=dict)
    note: Mapped[str | None] = mapped_column(Text)
    settings_version: Mapped[int | None]


def record(
    session: Session,
    action: AuditAction,
    by: Actor,
    *,
    changes: Changes | None = None,
    note: str | None = None,
    settings_version: int | None = None,
) -> AuditEntry:
    """Add an entry to the transaction of `session`, so that it stands or falls with the change.

    In `changes` a Secret is stored as `changed`, whatever it holds.
    """
    entry = AuditEntry(
        action=action,
        actor=by.name,
        address=by.address,
        changes={name: [_shown(old), _shown(new)] for name, (old, new) in (changes or {}).items()},
        note=note,
        settings_version=settings_version,
    )
    session.add(entry)
    return entry


def page(
    session: Session,
    *,
    before: int | None,
    limit: int = 50,
    action: AuditAction | None = None,
    actor: str = "",
) -> list[AuditEntry]:
    """The newest `limit` entries, or those next older than the entry with the id `before`.

    With `action` only those of it, and with `actor` only those of whoever has exactly this name.
    """
    entries = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if action:
        entries = entries.where(AuditEntry.action == action)
    if actor:
        entries = entries.where(AuditEntry.actor == actor)
    if before is not None:
        entries = entries.where(AuditEntry.id < before)
    return list(session.scalars(entries))


def _shown(value: object) -> str | int | float | None:
    if isinstance(value, Secret):
        return CHANGED
    if value is None or isinstance(value, int | float):
        return value
    return str(value)
