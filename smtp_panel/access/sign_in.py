"""Signing in and out (SPEC A1, L4). What takes a `Session` leaves the commit to the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

import flask
from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.access import (
    cookie,
    devices,
    external,
    host_sign_in,
    limits,
    links,
    principal,
    proxy_sign_in,
    sessions,
    users,
)
from smtp_panel.access.client import client_address
from smtp_panel.access.errors import AccessError
from smtp_panel.access.host_sign_in import CurrentUser
from smtp_panel.access.limits import AttemptKind
from smtp_panel.access.principal import SESSION_KEY, current_session
from smtp_panel.access.sessions import SessionOrigin, SignedInUser
from smtp_panel.access.users import AnySession, User
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.words import N_

ANOTHER = N_("In another browser.")
ALL_OTHERS = N_("In all other browsers.")
NO_ACCOUNT = N_("There is no such account.")
NOT_YOURS = N_("This is not your password.")


@dataclass(frozen=True, slots=True)
class Proof:
    """That somebody has shown the password of an account, as it is stored by `password_hash`.

    To compare takes its time, in which the account may get another password or be removed: so what
    is done by it asks for `proven` first, in its transaction.
    """

    user_id: int
    password_hash: str = field(repr=False)


def init_app(app: Flask, config: Config, current_user: CurrentUser | None = None) -> None:
    """Give `app` sessions that sign people in, and let a proxy do so that `config` names.

    In the place of both `current_user` says who is signed in, if it is there.
    """
    cookie.init_app(app, config)
    principal.init_app(app)
    elsewhere = host_sign_in.of(current_user) if current_user else proxy_sign_in.of(config)
    external.init_app(app, elsewhere)


def authenticate(session: AnySession, email: str, password: Secret) -> Proof | None:
    """The proof by this mail address and password, else None, without saying which was wrong.

    Counts the attempt first; raises LimitReached (SPEC L4).
    """
    count_attempt("login", email)
    return _proof(users.find(session, email), password)


def proven(session: Session, proof: Proof) -> User | None:
    """The account of `proof`, locked; None where its password is another by now, or it is gone."""
    user = session.get(User, proof.user_id, with_for_update=True, populate_existing=True)
    return user if user and user.password_hash == proof.password_hash else None


def count_attempt(kind: AttemptKind, email: str) -> None:
    """Count an attempt of this address and for this account; raises LimitReached (SPEC L4).

    Of a browser that has signed in to the account before it counts for that browser alone.
    """
    account = _account(email)
    device = devices.device_of(account)
    if device:
        limits.charge(kind, f"device {device} {account}")
    else:
        limits.charge(kind, f"address {limits.network_of(client_address())}", f"account {account}")


def record_failure(session: Session, email: str) -> None:
    """Write to the audit log that somebody failed to sign in, without what they typed."""
    user = users.find(session, email)
    name, note = (user.known_as, None) if user else ("", NO_ACCOUNT)
    audit.record(session, AuditAction.LOGIN_FAILED, Actor(name, client_address()), note=note)


def sign_in(session: Session, user: User) -> None:
    """Start a session of `user` in this browser, with an audit entry."""
    _begin(session, user)
    devices.remember(user.known_as)
    _record(session, AuditAction.USER_SIGNED_IN, user)


def sign_out(session: Session) -> None:
    """End the session of this browser, with an audit entry; one that is over needs none."""
    mine = current_session()
    if mine is not None and sessions.end(session, mine.user.id, mine.id):
        _record(session, AuditAction.USER_SIGNED_OUT, mine.user)
    flask.session.clear()
    g.user_session = None


def end_session(session: Session, user: User, session_id: int) -> None:
    """End another session of `user`, with an audit entry; one that is over needs none."""
    if sessions.end(session, user.id, session_id):
        _record(session, AuditAction.USER_SIGNED_OUT, user, ANOTHER)


def end_other_sessions(session: Session, user: User) -> None:
    """End all sessions of `user` but that of this browser, with an audit entry."""
    mine = current_session()
    sessions.end_all(session, user.id, but=mine.id if mine else None)
    _record(session, AuditAction.USER_SIGNED_OUT, user, ALL_OTHERS)


def prove_password(user: User, password: Secret) -> Proof:
    """The proof by the password of `user`; raises AccessError (field `current`) for any other.

    Raises LimitReached: with a stolen session the password could be guessed at.
    """
    limits.charge("login", f"user {user.id}")
    return _proof(user, password) or _refuse()


def change_password(session: Session, proof: Proof, password_hash: str) -> User:
    """Give whoever is signed in another password, with an audit entry. Returns their account.

    All their sessions and links end; this browser gets a new session. Raises AccessError as
    `prove_password` does, where the account is no longer `proven`.
    """
    user = proven(session, proof) or _refuse()
    user.password_hash = password_hash
    sessions.end_all(session, user.id)
    links.end_all(session, user)
    _begin(session, user)
    _record(session, AuditAction.PASSWORD_CHANGED, user)
    return user


def _proof(user: User | None, password: Secret) -> Proof | None:
    right = users.verify_password(user, password)
    return Proof(user.id, user.password_hash) if right and user and user.password_hash else None


def _refuse() -> NoReturn:
    raise AccessError("current", NOT_YOURS)


def _begin(session: Session, user: User) -> None:
    """Begin a new session, and drop the old cookie's content, which somebody may have planted."""
    origin = SessionOrigin(client_address(), request.user_agent.string)
    key = sessions.create(session, user, origin, current_app.permanent_session_lifetime)
    flask.session.clear()
    flask.session.permanent = True
    flask.session[SESSION_KEY] = key
    g.pop("user_session", None)


def _account(email: str) -> str:
    """The name of the account with this mail address, however it is written."""
    try:
        return users.tidy_email(email)
    except AccessError:
        return email.strip().casefold()


def _record(
    session: Session, action: AuditAction, user: User | SignedInUser, note: str | None = None
) -> None:
    audit.record(session, action, Actor(user.known_as, client_address()), note=note)
