"""The accounts of others, as an admin sees and handles them (SPEC A1).

Each operation is given an id, and raises NoSuchUser where the account is gone meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.access import external, sessions
from smtp_panel.access.errors import AccessError
from smtp_panel.access.links import OneTimeLink
from smtp_panel.access.sessions import UserSession
from smtp_panel.access.users import AnySession, Role, User
from smtp_panel.audit import Actor, AuditAction, Changes
from smtp_panel.storage import utcnow
from smtp_panel.words import N_

EVERYWHERE = N_("In all browsers.")
ROLE_ELSEWHERE = N_(
    "What they may do is said where they are signed in. Change it there; it holds here from their"
    " next click on."
)


class NoSuchUser(LookupError):
    """There is no account with this id, or not any more."""


class LastAdmin(AccessError):
    """Without this admin nobody could open the panel any more."""

    def __init__(self) -> None:
        message = N_("This is the last admin who can sign in. Make somebody else an admin first.")
        super().__init__(None, message)


@dataclass(frozen=True, slots=True)
class Person:
    """A user, with what is known beside their account.

    They have so many `sessions`, of which the last was used at `used_at`; `link_until` is until
    when a link lets them in, if one does.
    """

    user: User
    sessions: int
    used_at: datetime | None
    link_until: datetime | None

    @property
    def seen_at(self) -> datetime | None:
        """When they were here last; when they signed in, once that session has ended."""
        return max(filter(None, (self.used_at, self.user.signed_in_at)), default=None)


def everybody(session: AnySession) -> list[Person]:
    """All who may sign in or are invited, by address."""
    return _people(session, _look().order_by(func.coalesce(User.email, User.external_id)))


def newest(session: AnySession, most: int, before: int | None, about: str = "") -> list[Person]:
    """So many of them, the newest first; with `before` only those older than the one of this id.

    `about` is a part of their name or address, in capitals or not.
    """
    found = _look().order_by(User.id.desc()).limit(most)
    if about:
        found = found.where(_named(about))
    return _people(session, found if before is None else found.where(User.id < before))


def person(session: AnySession, user_id: int) -> Person:
    """One of them."""
    for found in _people(session, _look().where(User.id == user_id)):
        return found
    raise NoSuchUser


def change_role(session: Session, user_id: int, role: Role, *, by: Actor) -> None:
    """Make somebody an admin or a member, from their next request on.

    Raises LastAdmin, and AccessError where somebody else says what they may do.
    """
    user = _locked(session, user_id, stays_admin=role is Role.ADMIN)
    if external.is_external(user):
        raise AccessError("role", ROLE_ELSEWHERE)
    if user.role is not role:
        change = {"role": (user.role.value, role.value)}
        user.role = role
        _record(session, AuditAction.ROLE_CHANGED, user, by, changes=change)


def end_sessions(session: Session, user_id: int, *, by: Actor) -> None:
    """Sign somebody out in every browser."""
    user = _locked(session, user_id, stays_admin=True)
    sessions.end_all(session, user.id)
    _record(session, AuditAction.USER_SIGNED_OUT, user, by, note=EVERYWHERE)


def remove(session: Session, user_id: int, *, by: Actor) -> None:
    """Remove an account with its sessions and links; raises LastAdmin."""
    user = _locked(session, user_id, stays_admin=False)
    _record(session, AuditAction.USER_REMOVED, user, by)
    session.delete(user)


def _people(session: AnySession, found: Select[Any]) -> list[Person]:
    return [Person(*row) for row in session.execute(found)]


def _look() -> Select[Any]:
    """The query for the columns of a Person."""
    now = utcnow()
    theirs = UserSession.user_id == User.id, UserSession.ends_at > now
    count = select(func.count(UserSession.id)).where(*theirs).scalar_subquery()
    used_at = select(func.max(UserSession.seen_at)).where(*theirs).scalar_subquery()
    valid = OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now
    until = select(func.max(OneTimeLink.expires_at)).where(OneTimeLink.user_id == User.id, *valid)
    return select(User, count, used_at, until.scalar_subquery())


def _named(about: str) -> ColumnElement[bool]:
    """Whether a name or address has this part; databases fold the case of A to Z alone."""
    spellings = {about, about.lower(), about.title()}
    columns = (User.name, User.email, User.external_id)
    return or_(*(each.icontains(part, autoescape=True) for each in columns for part in spellings))


def _locked(session: Session, user_id: int, *, stays_admin: bool) -> User:
    """A user whose row, and those of all who could take an admin's place, stay as they are.

    So of two who remove each other at once, the second finds the other gone.
    """
    able = external.able_admins().order_by(User.id).with_for_update()
    if not stays_admin and list(session.scalars(able)) == [user_id]:
        raise LastAdmin
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NoSuchUser
    return user


def _record(
    session: Session,
    action: AuditAction,
    user: User,
    by: Actor,
    *,
    changes: Changes | None = None,
    note: str | None = None,
) -> None:
    about = {"email": (None, user.known_as), **(changes or {})}
    audit.record(session, action, by, changes=about, note=note)
