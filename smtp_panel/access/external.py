"""People whom somebody else signs in: a trusted proxy, or a host application (SPEC A2, A4).

What is said of them counts for this request alone. Their account is made when they are seen first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from flask import Flask, current_app, g, request
from sqlalchemy import ColumnElement, Select, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.access.client import client_address
from smtp_panel.access.sessions import USER_COLUMNS, SignedInUser
from smtp_panel.access.users import AnySession, Role, User
from smtp_panel.audit import Actor, AuditAction, Changes
from smtp_panel.storage import utcnow

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

EXTENSION = "smtp_panel.external_sign_in"
NOBODY: Literal["nobody"] = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUser:
    """Who is signed in there: `id` is their user name or number, the same at every request.

    `email` is empty where they have none or it is not told; `name` is None where that is not told.
    """

    id: str
    role: Role
    email: str
    name: str | None = None


# Of one request: who is signed in; that nobody is, whatever a cookie says; or None: ask the cookie.
Identity: TypeAlias = ExternalUser | Literal["nobody"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignIn:
    """How people are signed in elsewhere.

    `identify` judges one request by its WSGI environment. `actor` makes accounts and changes roles,
    in the audit log. `sign_out_url` is where people sign out, or empty. Where it is `alone`, there
    is no signing in by a password of ours beside it.
    """

    actor: str
    identify: Callable[[WSGIEnvironment], Identity]
    sign_out_url: str = ""
    alone: bool = False


class SeenUser(NamedTuple):
    """An account, and when it was last used."""

    account: SignedInUser
    at: datetime | None


BY_ID = select(*USER_COLUMNS, User.signed_in_at).where(User.external_id == bindparam("external_id"))


def init_app(app: Flask, sign_in: ExternalSignIn | None) -> None:
    """Let people be signed in to `app` by `sign_in` too."""
    app.extensions[EXTENSION] = sign_in


def external_sign_in() -> ExternalSignIn | None:
    """How people are signed in elsewhere, if they are."""
    found: ExternalSignIn | None = current_app.extensions[EXTENSION]
    return found


def is_external(user: User) -> bool:
    """Whether somebody else signs this user in, and says what they may do."""
    return user.external_id is not None and external_sign_in() is not None


def has_no_password(user: User) -> bool:
    """Whether this user has no password here, nor a way to one."""
    if signs_in_alone() or not user.email:
        return True
    return is_external(user) and not user.password_hash


def able_admins() -> Select[int]:
    """The ids of the admins who can sign in, by the ways that there are."""
    ways: list[ColumnElement[bool]] = []
    if not signs_in_alone():
        ways.append(User.password_hash.is_not(None))
    if external_sign_in():
        ways.append(User.external_id.is_not(None))
    return select(User.id).where(User.role == Role.ADMIN, or_(*ways))


def admin_exists(session: AnySession) -> bool:
    """Whether some admin can sign in."""
    return session.scalar(able_admins().limit(1)) is not None


def identity() -> Identity:
    """What is said elsewhere of who makes this request."""
    if "external_identity" not in g:
        elsewhere = external_sign_in()
        g.external_identity = NOBODY  # where it fails, for the page that says so
        g.external_identity = elsewhere.identify(request.environ) if elsewhere else None
    found: Identity = g.external_identity
    return found


def signed_in_elsewhere() -> ExternalSignIn | None:
    """How whoever makes this request is signed in elsewhere; None for nobody and our sessions."""
    return external_sign_in() if isinstance(identity(), ExternalUser) else None


def tells_names() -> bool:
    """Whether whoever makes this request has the name that is told elsewhere."""
    who = identity()
    return isinstance(who, ExternalUser) and who.name is not None


def signs_in_alone() -> bool:
    """Whether nobody signs in by a password of ours."""
    elsewhere = external_sign_in()
    return elsewhere is not None and elsewhere.alone


def find(session: AnySession, who: ExternalUser) -> SeenUser | None:
    """The account of `who`, by one query; None where `adopt` has to make or change it first."""
    row = session.connection().execute(BY_ID, {"external_id": who.id}).first()
    if row is None:
        return None
    account, seen_at = SignedInUser(*row[:-1]), row[-1]
    if account.role is not who.role or who.name not in {None, account.name}:
        return None
    if who.email and account.email != who.email:
        if not _is_of_another(session, who):
            return None
        account = account._replace(email=who.email)
    return SeenUser(account, seen_at)


def adopt(session: Session, who: ExternalUser) -> None:
    """Make the account of `who`, or let it say what is said of them, with an audit entry.

    A local account with their mail address is theirs.
    """
    user = _row(session, who)
    if user is None:
        try:
            with session.begin_nested():
                _add(session, who)
        except IntegrityError:  # somebody else was first
            user = _row(session, who)
    if user:
        _update(session, user, who)


def note_seen(session: Session, user_id: int) -> None:
    """Note that somebody who was signed in elsewhere is here."""
    this = update(User).where(User.id == user_id)
    session.execute(this.values(signed_in_at=utcnow()))


def _row(session: Session, who: ExternalUser) -> User | None:
    """The row that is theirs: a local account with their mail address, else the one by their id."""
    mine = select(User).where(User.external_id == who.id).with_for_update()
    local = select(User).where(User.email == who.email, User.external_id.is_(None))
    known = session.scalar(mine)
    found = session.scalar(local.with_for_update()) if who.email else None
    if known and found:
        known.external_id = None
        session.flush()
    return found or known


def _is_of_another(session: AnySession, who: ExternalUser) -> bool:
    """Whether somebody else who is signed in elsewhere has their mail address."""
    theirs = User.email == who.email, User.external_id.is_not(None), User.external_id != who.id
    return session.scalar(select(User.id).where(*theirs)) is not None


def _add(session: Session, who: ExternalUser) -> None:
    email = None if _is_of_another(session, who) else who.email or None
    user = User(email=email, external_id=who.id, name=who.name or "", role=who.role)
    session.add(user)
    session.flush()
    changes = {"email": (None, user.known_as), "role": (None, who.role.value)}
    _record(session, AuditAction.USER_CREATED, changes)


def _update(session: Session, user: User, who: ExternalUser) -> None:
    """Let `user` be as `who` says; what is not told, or is of another, stays."""
    before = user.known_as
    changes: dict[str, tuple[object, object]] = {}
    told: dict[str, object] = {"external_id": who.id, "role": who.role, "name": who.name}
    if who.email and not _is_of_another(session, who):
        told["email"] = who.email
    for name, value in told.items():
        old = getattr(user, name)
        if value is not None and old != value:
            changes[name] = (old, value)
            setattr(user, name, value)
    if changes:
        _record(session, AuditAction.USER_CHANGED, {"email": (None, before), **changes})


def _record(session: Session, action: AuditAction, changes: Changes) -> None:
    elsewhere = external_sign_in()
    by = Actor(elsewhere.actor if elsewhere else "", client_address())
    audit.record(session, action, by, changes=changes)
