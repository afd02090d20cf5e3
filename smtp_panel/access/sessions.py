"""Sessions: a row for each browser that is signed in, found by the key in its cookie (A1)."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel.access.users import AnySession, Role, User
from smtp_panel.secret import Secret
from smtp_panel.storage import Base, UTCDateTime, utcnow

SESSION_KEY_BYTES = 32
LONGEST_BROWSER = 60  # characters
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class UserSession(Base):
    """A browser in which someone is signed in until `ends_at`, at the latest."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(LONGEST_BROWSER))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SignedInUser(NamedTuple):
    """The account of whoever is signed in, as it was when they asked; `email` may be empty."""

    id: int
    email: str
    external_id: str | None
    name: str
    role: Role
    language: str | None

    @property
    def known_as(self) -> str:
        """Their mail address; without one the name by which they are signed in elsewhere."""
        return self.email or self.external_id or ""

    @property
    def is_admin(self) -> bool:
        """Whether they may open the panel."""
        return self.role is Role.ADMIN


class SignedIn(NamedTuple):
    """A session that has not ended, by its id, and whose it is; it was used at `seen_at`."""

    id: int
    seen_at: datetime
    user: SignedInUser


USER_COLUMNS = (
    *(User.id, func.coalesce(User.email, "").label("email"), User.external_id),
    *(User.name, User.role, User.language),
)
BY_KEY = (
    select(UserSession.id, UserSession.seen_at, *USER_COLUMNS)
    .join(User, User.id == UserSession.user_id)
    .where(UserSession.key_hash == bindparam("key_hash"), UserSession.ends_at > bindparam("now"))
)


class SessionOrigin(NamedTuple):
    """Where a session begins: the IP address, and the text of the User-Agent header."""

    address: str
    user_agent: str


def create(
    session: Session,
    user: User,
    origin: SessionOrigin,
    lifetime: timedelta,
    now: datetime | None = None,
) -> str:
    """Add a session of `user` that ends after `lifetime`; returns its key, which is not stored."""
    now = now or utcnow()
    key = secrets.token_urlsafe(SESSION_KEY_BYTES)
    user.signed_in_at = now
    session.add(
        UserSession(
            key_hash=Secret(key).digest(),
            user_id=user.id,
            address=origin.address,
            browser=browser_of(origin.user_agent),
            created_at=now,
            seen_at=now,
            ends_at=now + lifetime,
        )
    )
    return key


def forget_ended(session: Session, now: datetime | None = None) -> None:
    """Delete the sessions that have expired."""
    session.execute(delete(UserSession).where(UserSession.ends_at <= (now or utcnow())))


def find(session: AnySession, key: str, now: datetime | None = None) -> SignedIn | None:
    """The session with this key and its user, by one query; None where it has ended."""
    wanted = {"key_hash": Secret(key).digest(), "now": now or utcnow()}
    row = session.connection().execute(BY_KEY, wanted).first()
    return SignedIn(row[0], row[1], SignedInUser(*row[2:])) if row else None


def of_user(session: AnySession, user_id: int) -> list[UserSession]:
    """The sessions of a user, the one that was used last first."""
    mine = UserSession.user_id == user_id, UserSession.ends_at > utcnow()
    newest_first = UserSession.seen_at.desc(), UserSession.id.desc()
    return list(session.scalars(select(UserSession).where(*mine).order_by(*newest_first)))


def end(session: Session, user_id: int, session_id: int) -> bool:
    """End one session of a user; False where they have none with this id, or not any more."""
    if session_id not in {mine.id for mine in of_user(session, user_id)}:
        return False
    this = delete(UserSession).where(UserSession.id == session_id)
    return session.connection().execute(this).rowcount > 0


def end_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End every session of a user, except for the one with the id `but`."""
    mine = delete(UserSession).where(UserSession.user_id == user_id)
    session.execute(mine if but is None else mine.where(UserSession.id != but))


def note_seen(session: Session, session_id: int) -> None:
    """Note that a session is being used."""
    this = update(UserSession).where(UserSession.id == session_id)
    session.execute(this.values(seen_at=utcnow()))


def browser_of(user_agent: str) -> str:
    """Browser and system as people call them, such as `Firefox, Linux`; else how it begins."""
    names = (
        next((name for mark, name in table if mark in user_agent), "")
        for table in (BROWSERS, SYSTEMS)
    )
    known = ", ".join(filter(None, names))
    return known or re.sub(r"[^ -~]", "", user_agent)[:LONGEST_BROWSER].strip()
