"""API keys, by which programs ask. Only the hashes of their secrets are stored (SPEC 11)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import JSON, Connection, ForeignKey, String, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel import audit
from smtp_panel.access import users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.users import AnySession
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.secret import Secret
from smtp_panel.storage import ADDRESS, Base, UTCDateTime, utcnow
from smtp_panel.words import N_

CLIENT_ID_BYTES, SECRET_BYTES = 10, 32
LONGEST_ID = 32  # characters
OVERLAP = timedelta(hours=24)  # for which the secret before is valid beside a new one


class KeyScope(StrEnum):
    """What a key may do: send messages and see those, read everything, or all of it."""

    SEND = "send"
    READ = "read"
    MANAGE = "manage"


class ApiKey(Base):
    """A key of a program, whose client id is `id`. One that is revoked stays, for the record."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(users.LONGEST_NAME))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(ADDRESS))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ApiKeySecret(Base):
    """A secret of a key, by its hash. One that was replaced is valid until `ends_at`."""

    __tablename__ = "api_key_secret"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"), index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class KnownKey(NamedTuple):
    """What a request has to know of the key that it shows."""

    id: str
    name: str
    scopes: Sequence[str]
    used_at: datetime | None


BY_SECRET = (
    select(ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.used_at)
    .join(ApiKeySecret, ApiKeySecret.key_id == ApiKey.id)
    .where(
        ApiKeySecret.hash == bindparam("hash"),
        or_(ApiKeySecret.ends_at.is_(None), ApiKeySecret.ends_at > bindparam("now")),
    )
)


class NoSuchKey(AccessError):
    """There is no key with this client id, or it was revoked."""

    def __init__(self) -> None:
        super().__init__(None, N_("There is no such API key, or it was revoked."))


def create(
    session: Session,
    name: str,
    scopes: Collection[KeyScope],
    by: Actor,
    now: datetime | None = None,
) -> tuple[ApiKey, Secret]:
    """Add a key to the transaction of `session`: the key, and its secret, which is not stored.

    Raises AccessError for a name or scopes that can't be.
    """
    name = users.tidy_name(name)
    if not name:
        raise AccessError("name", N_("Name the program that will use the key."))
    if not scopes:
        raise AccessError("scopes", N_("Choose at least one thing that the key may do."))
    key = ApiKey(
        id=secrets.token_hex(CLIENT_ID_BYTES),
        name=name,
        scopes=[scope.value for scope in known_scopes(scopes)],
        created_at=now or utcnow(),
        created_by=by.name,
    )
    session.add(key)
    session.flush()
    _note(session, AuditAction.KEY_CREATED, key, by, scopes=", ".join(key.scopes))
    return key, _new_secret(session, key)


def rotate(
    session: Session, client_id: str, by: Actor, now: datetime | None = None
) -> tuple[ApiKey, Secret]:
    """Give a key another secret; the one before is valid for OVERLAP beside it. Raises NoSuchKey.

    So a program can be given the new one while it works.
    """
    now = now or utcnow()
    key = _locked(session, client_id)
    mine = ApiKeySecret.key_id == key.id
    session.execute(delete(ApiKeySecret).where(mine, ApiKeySecret.ends_at <= now))
    current = update(ApiKeySecret).where(mine, ApiKeySecret.ends_at.is_(None))
    session.execute(current.values(ends_at=now + OVERLAP))
    _note(session, AuditAction.KEY_ROTATED, key, by)
    return key, _new_secret(session, key)


def revoke(session: Session, client_id: str, by: Actor, now: datetime | None = None) -> ApiKey:
    """End a key: nobody gets in by it any more. Raises NoSuchKey."""
    key = _locked(session, client_id)
    key.revoked_at = now or utcnow()
    session.execute(delete(ApiKeySecret).where(ApiKeySecret.key_id == key.id))
    _note(session, AuditAction.KEY_REVOKED, key, by)
    return key


def authenticate(
    connection: Connection, client_id: str, secret: Secret, now: datetime | None = None
) -> KnownKey | None:
    """The key with this client id and secret, by one query; None where there is none."""
    row = connection.execute(BY_SECRET, {"hash": secret.digest(), "now": now or utcnow()}).first()
    return KnownKey(*row) if row and row.id == client_id else None


def note_used(session: Session, client_id: str) -> None:
    """Note that a key is being used."""
    this = update(ApiKey).where(ApiKey.id == client_id)
    session.execute(this.values(used_at=utcnow()))


def listed(session: AnySession) -> list[ApiKey]:
    """Every key, the newest first, behind them those that were revoked."""
    order = ApiKey.revoked_at.is_not(None), ApiKey.created_at.desc(), ApiKey.id
    return list(session.scalars(select(ApiKey).order_by(*order)))


def known_scopes(scopes: Collection[str]) -> list[KeyScope]:
    """Those of the `scopes` of a key that this version knows."""
    return [scope for scope in KeyScope if scope in scopes]


def overlaps(session: AnySession) -> dict[str, datetime]:
    """Until when a secret is valid that was replaced, by the client id of its key."""
    still = ApiKeySecret.ends_at > utcnow()
    rows = select(ApiKeySecret.key_id, ApiKeySecret.ends_at).where(still)
    return {key: ends for key, ends in session.execute(rows.order_by(ApiKeySecret.ends_at)) if ends}


def _locked(session: Session, client_id: str) -> ApiKey:
    key = session.get(ApiKey, client_id, with_for_update=True, populate_existing=True)
    if key is None or key.revoked_at:
        raise NoSuchKey
    return key


def _new_secret(session: Session, key: ApiKey) -> Secret:
    """Letters and digits alone, for what begins with a hyphen is an option to many a program."""
    secret = Secret(secrets.token_hex(SECRET_BYTES))
    session.add(ApiKeySecret(hash=secret.digest(), key_id=key.id))
    return secret


def _note(session: Session, action: AuditAction, key: ApiKey, by: Actor, **more: str) -> None:
    about = {"key": key.name, "client_id": key.id, **more}
    changes = {name: (None, text) for name, text in about.items()}
    audit.record(session, action, by, changes=changes)
