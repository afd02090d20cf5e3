"""One-time links, by which someone sets a password. Only the hash of their token is stored."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel import audit
from smtp_panel.access import external, sessions, users
from smtp_panel.access.errors import AccessError, LinkRefused
from smtp_panel.access.users import AnySession, Role, User
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.secret import Secret
from smtp_panel.storage import Base, KnownOf, UTCDateTime, utcnow
from smtp_panel.words import N_

LINK_TOKEN_BYTES = 32


class Purpose(StrEnum):
    """What a link is for."""

    FIRST_ADMIN = "first_admin"
    SET_PASSWORD = "set_password"  # noqa: S105  (the name of a purpose)
    RESET_PASSWORD = "reset_password"  # noqa: S105  (the name of a purpose)


PURPOSE_NOTES = {
    Purpose.FIRST_ADMIN: N_("To make the first admin."),
    Purpose.SET_PASSWORD: N_("To set a password."),
    Purpose.RESET_PASSWORD: N_("To set another password."),
}
LINK_LIFETIME = {
    Purpose.FIRST_ADMIN: timedelta(hours=24),
    Purpose.SET_PASSWORD: timedelta(hours=72),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
}

EXPLAINED_FOR = timedelta(days=30)


class OneTimeLink(Base):
    """A link that was given out, to set the password of `user`, or to make the first admin.

    Its `purpose` is None where only a newer version knows it.
    """

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[Purpose | None] = mapped_column(KnownOf(Purpose, 32), nullable=False)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def url_path(token: str) -> str:
    """The path of the link with `token`, below the URL of the panel."""
    return f"/link/{token}"


_IN_TEXT = re.compile(r"(?<=/link/)[\w-]{20,}", re.ASCII)


def masked(text: str) -> str:
    """`text` with "***" for the token of each link in it, which is its recipient's alone."""
    return _IN_TEXT.sub("***", text)


def create(
    session: Session,
    purpose: Purpose,
    by: Actor,
    *,
    user: User | None = None,
    keep_newer_than: timedelta = timedelta(0),
    now: datetime | None = None,
) -> str:
    """Add a link to the transaction of `session` and return its token, which is not stored.

    Older links for the same purpose and user end, except for those newer than `keep_newer_than`.
    """
    now = now or utcnow()
    expires_at = now + LINK_LIFETIME[purpose]
    user_id = user.id if user else None
    older = update(OneTimeLink).where(
        OneTimeLink.purpose == purpose,
        OneTimeLink.user_id == user_id,
        OneTimeLink.expires_at > now,
        OneTimeLink.expires_at <= expires_at - keep_newer_than,
    )
    session.execute(older.values(expires_at=now))
    token = secrets.token_urlsafe(LINK_TOKEN_BYTES)
    session.add(
        OneTimeLink(
            token_hash=Secret(token).digest(),
            purpose=purpose,
            user_id=user_id,
            expires_at=expires_at,
        )
    )
    audit.record(
        session,
        AuditAction.LINK_CREATED,
        by,
        changes={"email": (None, user.known_as)} if user else None,
        note=PURPOSE_NOTES[purpose],
    )
    return token


def peek(session: AnySession, token: str, now: datetime | None = None) -> OneTimeLink:
    """The link of `token`, without using it up; raises LinkRefused, with the reason, if invalid."""
    link = session.scalar(
        select(OneTimeLink).where(OneTimeLink.token_hash == Secret(token).digest())
    )
    if link is None or link.purpose is None:
        raise LinkRefused(None, N_("This link is unknown. Copy it whole, or ask for a new one."))
    if link.used_at:
        raise LinkRefused(None, N_("This link was used already. Sign in, or ask for a new one."))
    if link.expires_at <= (now or utcnow()):
        message = N_("This link has expired, or a newer one took its place. Ask for a new one.")
        raise LinkRefused(None, message)
    if link.purpose is Purpose.FIRST_ADMIN and external.admin_exists(session):
        raise LinkRefused(None, N_("There is an admin already. Sign in as that admin."))
    return link


def redeem(
    session: Session,
    token: str,
    password_hash: str,
    email: str | None = None,
    *,
    address: str,
    now: datetime | None = None,
) -> User:
    """Use up a link: set the password of its user, or make the first admin.

    Their sessions end, and their other links. Gives the user.

    Raises LinkRefused, and AccessError for a mail address of the first admin that can't be: then
    the transaction of `session` is to be given up, which leaves the link as it was.
    """
    now = now or utcnow()
    link = _use(session, token, now)
    user = _owner(session, link, email, address)
    user.password_hash = password_hash
    session.flush()
    sessions.end_all(session, user.id)
    end_all(session, user, now)
    audit.record(session, AuditAction.PASSWORD_CHANGED, Actor(user.known_as, address))
    return user


def end_all(session: Session, user: User, now: datetime | None = None) -> None:
    """End the links of `user` that are not used, such as one to a password that was just set."""
    now = now or utcnow()
    valid = OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now
    theirs = update(OneTimeLink).where(OneTimeLink.user_id == user.id, *valid)
    session.execute(theirs.values(expires_at=now))


def forget_expired(session: Session, now: datetime | None = None) -> None:
    """Delete the links that expired a month ago; until then they can tell that they expired."""
    long_ago = (now or utcnow()) - EXPLAINED_FOR
    session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= long_ago))


def _use(session: Session, token: str, now: datetime) -> OneTimeLink:
    """Mark the link as used: of two at once, one finds nothing left to mark.

    Those who use links for the first admin wait for each other, so that the second sees the admin.
    """
    firsts = select(OneTimeLink.id).where(OneTimeLink.purpose == Purpose.FIRST_ADMIN)
    session.execute(firsts.order_by(OneTimeLink.id).with_for_update())
    link = peek(session, token, now)
    unused = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
    marked = session.scalar(unused.values(used_at=now).returning(OneTimeLink.id))
    if marked is None:
        raise LinkRefused(None, N_("This link was used already. Sign in, or ask for a new one."))
    return link


def _owner(session: Session, link: OneTimeLink, email: str | None, address: str) -> User:
    if link.user_id is not None:
        return session.get_one(User, link.user_id)
    if not email:
        raise AccessError("email", N_("Write the mail address that you will sign in with."))
    email = users.tidy_email(email)
    return users.create_user(session, email=email, role=Role.ADMIN, by=Actor(email, address))
