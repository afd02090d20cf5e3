"""The people who may sign in."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from email_validator import EmailNotValidError
from sqlalchemy import String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from smtp_panel import audit
from smtp_panel.access import passwords
from smtp_panel.access.errors import AccessError, EmailTaken
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.secret import Secret
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.rules.library import validated
from smtp_panel.storage import ADDRESS, Base, KnownOf, UTCDateTime, utcnow
from smtp_panel.telling.language import ENGLISH, LANGUAGES
from smtp_panel.words import N_

LONGEST_NAME = 200  # characters
LONGEST_EXTERNAL_ID = 255  # characters
UNSEEN = {"Cc", "Cs"}  # control characters and half ones

AnySession: TypeAlias = Session | scoped_session[Any]


class Role(StrEnum):
    """An admin may open the panel; a member has only a page of their own."""

    ADMIN = "admin"
    MEMBER = "member"


class UserState(StrEnum):
    """Whether somebody can sign in, or has still to choose a password."""

    INVITED = "invited"
    ACTIVE = "active"


class User(Base):
    """Someone who may sign in, and did so last at `signed_in_at`.

    `external_id` is who they are where somebody else signs them in (`access.external`); only they
    may be without a mail address. The id of one who is removed is never given to another.
    """

    __tablename__ = "users"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (declared so by SQLAlchemy)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(ADDRESS), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(LONGEST_EXTERNAL_ID), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    role: Mapped[Role] = mapped_column(KnownOf(Role, 16, Role.MEMBER))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_admin(self) -> bool:
        """Whether this user may open the panel."""
        return self.role is Role.ADMIN

    @property
    def known_as(self) -> str:
        """Their mail address; without one the name by which they are signed in elsewhere."""
        return self.email or self.external_id or ""

    @property
    def mail_language(self) -> str:
        """The language in which this user reads mail: English where they chose none."""
        return self.language if self.language in LANGUAGES else ENGLISH

    @property
    def state(self) -> UserState:
        """Whether this user can sign in."""
        able = self.password_hash or self.external_id
        return UserState.ACTIVE if able else UserState.INVITED


def tidy_email(text: str) -> str:
    """The mail address in `text` in the one form it is stored in; AccessError when it is none."""
    try:
        return validated(text.strip()).casefold()
    except Refused as refused:
        message, params = refused.sentence.message, refused.sentence.params
        raise AccessError("email", message, **params) from None
    except EmailNotValidError:
        message = N_("This is not a mail address. Write one such as ada@example.com.")
        raise AccessError("email", message) from None


def tidy_name(text: str) -> str:
    """`text` as a display name of visible characters; AccessError when it is too long."""
    seen = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in UNSEEN)
    name = " ".join(seen.split())
    if len(name) > LONGEST_NAME:
        message = N_("A name has at most %(count)s characters.")
        raise AccessError("name", message, count=str(LONGEST_NAME))
    return name


def find(session: AnySession, email: str) -> User | None:
    """The user with this mail address, however it is written."""
    try:
        address = tidy_email(email)
    except AccessError:
        return None
    return session.scalar(select(User).where(User.email == address))


def find_external(session: AnySession, external_id: str) -> User | None:
    """The user whom somebody else signs in under this name."""
    return session.scalar(select(User).where(User.external_id == external_id))


def verify_password(user: User | None, password: Secret) -> bool:
    """Whether this is the password of `user`; takes as long without one or the other."""
    return passwords.matches(password, user.password_hash if user else None) and user is not None


def create_user(
    session: Session,
    *,
    email: str,
    role: Role,
    by: Actor,
    name: str = "",
    language: str | None = None,
    password_hash: str | None = None,
) -> User:
    """Add a user to the transaction of `session`, with an audit entry.

    Raises AccessError for a mail address or name that can't be, EmailTaken where there is one.
    """
    tidy = tidy_email(email)
    user = User(
        email=tidy,
        name=tidy_name(name),
        role=role,
        language=language,
        password_hash=password_hash,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        message = N_("There is an account with the mail address %(email)s already.")
        raise EmailTaken("email", message, email=tidy) from None
    changes = {"email": (None, user.email), "role": (None, role.value)}
    audit.record(session, AuditAction.USER_CREATED, by, changes=changes)
    return user
