"""Access tokens: what a program is given for its API key, and shows in place of it (SPEC A5).

Any process finds them, for they are in the database: by their hash alone.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel import audit
from smtp_panel.access.keys import SECRET_BYTES, ApiKey, ApiKeySecret, NoSuchKey
from smtp_panel.access.people import NoSuchUser
from smtp_panel.access.users import AnySession, User
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.secret import Secret
from smtp_panel.storage import Base, UTCDateTime, utcnow

LIFETIME = timedelta(hours=1)
STAYS = {"read": True, "key_share": True}  # a row that nobody removes until the transaction ends


class ApiToken(Base):
    """A token of the key whose secret has `secret_hash`, until `ends_at`.

    With that secret it is gone. One with a `user_id` stands for that account, and not for the key.
    """

    __tablename__ = "api_token"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(
        ForeignKey("api_key_secret.hash", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)


class NewToken(NamedTuple):
    """A token, which is not stored, and for how many whole seconds it is valid."""

    token: Secret
    seconds: int


class Holder(NamedTuple):
    """Whose a token is: the key that it was given for, and the account that it stands for."""

    key: ApiKey
    user: User | None


def create(session: Session, secret: Secret, now: datetime | None = None) -> NewToken:
    """Add a token of the API key with this secret; raises NoSuchKey where that is gone."""
    return _add(session, secret.digest(), None, now or utcnow())


def create_for_user(session: Session, token: Secret, user_id: int, by: Actor) -> NewToken:
    """Add a token with which the program that shows `token` acts as another account.

    The audit log tells that it does. Raises NoSuchUser, and NoSuchKey where `token` has ended.
    """
    user = session.get(User, user_id, with_for_update=STAYS)
    if user is None:
        raise NoSuchUser
    shown = session.get(ApiToken, token.digest())
    new = _add(session, shown.secret_hash if shown else "", user.id, utcnow())
    audit.record(session, AuditAction.KEY_ACTED_AS, by, changes={"email": (None, user.known_as)})
    return new


def find(session: AnySession, token: Secret, now: datetime | None = None) -> Holder | None:
    """Whose `token` is, by one query; None where it has ended."""
    row = session.execute(
        select(ApiKey, User)
        .select_from(ApiToken)
        .join(ApiKeySecret, ApiKeySecret.hash == ApiToken.secret_hash)
        .join(ApiKey, ApiKey.id == ApiKeySecret.key_id)
        .outerjoin(User, User.id == ApiToken.user_id)
        .where(ApiToken.hash == token.digest(), ApiToken.ends_at > (now or utcnow()))
    ).first()
    return Holder(*row) if row else None


def end(session: Session, token: Secret) -> None:
    """End a token; nobody gets in by it any more."""
    session.execute(delete(ApiToken).where(ApiToken.hash == token.digest()))


def forget_ended(session: Session, now: datetime | None = None) -> None:
    """Delete the tokens that have expired."""
    session.execute(delete(ApiToken).where(ApiToken.ends_at <= (now or utcnow())))


def _add(session: Session, secret_hash: str, user_id: int | None, now: datetime) -> NewToken:
    """A token that ends with its secret at the latest; raises NoSuchKey where that is gone."""
    secret = session.get(ApiKeySecret, secret_hash, with_for_update=STAYS)
    if secret is None:
        raise NoSuchKey
    ends_at = min(now + LIFETIME, secret.ends_at or now + LIFETIME)
    token = Secret(secrets.token_urlsafe(SECRET_BYTES))
    session.add(
        ApiToken(hash=token.digest(), secret_hash=secret.hash, user_id=user_id, ends_at=ends_at)
    )
    return NewToken(token, int((ends_at - now).total_seconds()))
