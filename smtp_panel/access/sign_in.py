"""Signing in and out, who is asking, and who may see a page (SPEC N2, A1, L4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlencode, urlsplit

import flask
from flask import Flask, Response, abort, g, has_request_context, redirect, request
from flask.typing import ResponseReturnValue

from smtp_panel import audit
from smtp_panel.access import limits, passwords, sessions, users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.users import AnySession, User
from smtp_panel.audit import AuditAction
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.words import N_

LOGIN = "/login"
EVERYWHERE = N_("Everywhere.")
NO_ACCOUNT = N_("There is no such account.")
P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def init_app(app: Flask, config: Config) -> None:
    """Give `app` sessions that sign people in."""
    sessions.init_app(app, config)


def current_user() -> User | None:
    """Who is signed in: asked of the database once a request, and only for a session."""
    if not has_request_context():
        return None
    if "user" not in g:
        g.user = _user_of_session()
    user: User | None = g.user
    return user


def authenticate(session: AnySession, email: str, password: Secret) -> User | None:
    """The user whom this mail address and password prove, else None: which was wrong stays unsaid.

    Counts the attempt first, of this visitor for this account; raises LimitReached (SPEC L4).
    A failure is written to the audit log, without what was typed, and committed.
    """
    _charge_attempt(email)
    user = users.find(session, email)
    if users.verify_password(user, password):
        return user
    _record(AuditAction.LOGIN_FAILED, user.email if user else "", None if user else NO_ACCOUNT)
    return None


def sign_in(user: User) -> None:
    """Start a session of `user`, with an audit entry; commits."""
    _record(AuditAction.USER_SIGNED_IN, user.email)
    sessions.begin(user)
    g.user = user


def sign_out() -> None:
    """End this session, with an audit entry; commits."""
    user = current_user()
    flask.session.clear()
    g.user = None
    if user is not None:
        _record(AuditAction.USER_SIGNED_OUT, user.email)


def sign_out_everywhere(user: User) -> None:
    """End all sessions of `user`, this one included, with an audit entry; commits."""
    email = user.email
    with writing(db.session) as session:
        user.end_sessions()
        audit.record(
            session, AuditAction.USER_SIGNED_OUT, actor=email, address=_address(), note=EVERYWHERE
        )
    flask.session.clear()
    g.user = None


def change_password(session: AnySession, user: User, old: Secret, new: Secret) -> None:
    """Give `user`, who is signed in, another password; all other sessions of theirs end.

    Raises AccessError (field `old` or `password`), LimitReached: the old password could be guessed
    at. Writes an audit entry; commits.
    """
    passwords.check(new)
    _charge_attempt(user.email)
    email = user.email
    if not users.verify_password(user, old):
        raise AccessError("old", N_("This is not your password."))
    password_hash = passwords.hashed(new)
    with writing(session) as writer:
        user.set_password(password_hash)
        audit.record(writer, AuditAction.PASSWORD_CHANGED, actor=email, address=_address())
    sessions.begin(user)


def login_required(view: View[P]) -> View[P]:
    """Let a view be seen by whoever is signed in; others are sent to sign in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if current_user() is None:
            return _to_login()
        return view(*args, **kwargs)

    return guarded


def admin_required(view: View[P]) -> View[P]:
    """Let a view be seen by admins: a member gets 403, a visitor is sent to sign in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        user = current_user()
        if user is None:
            return _to_login()
        if not user.is_admin:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def safe_next(target: str | None) -> str:
    """`target` where it is a path of this site, else the start page.

    Browsers read `\\` as `/`, drop tabs and line breaks, and take `//host` for another site.
    """
    home = f"{request.script_root}/"
    if not target or not target.startswith("/") or target.startswith("//"):
        return home
    return home if "\\" in target or not target.isprintable() else target


def _user_of_session() -> User | None:
    identity = flask.session.get(sessions.USER)
    if identity is None:
        return None
    user = users.by_id(db.session, identity)
    if user is None or user.epoch != flask.session.get(sessions.EPOCH):
        flask.session.clear()
        return None
    sessions.keep()
    return user


def _to_login() -> ResponseReturnValue:
    """303 to the sign-in form, which leads back here; a fragment has the whole page go there."""
    url = f"{request.script_root}{LOGIN}?{urlencode({'next': _wanted()})}"
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url})
    return redirect(url, 303)


def _wanted() -> str:
    """The page that the visitor is on or asked for, which a form or fragment is only a part of."""
    if "HX-Request" in request.headers:
        url = request.headers.get("HX-Current-URL", "")
    else:
        url = request.url if request.method in {"GET", "HEAD"} else request.referrer or ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return safe_next(None)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return safe_next(target if parts.netloc == request.host else None)


def _charge_attempt(email: str) -> None:
    limits.charge("login", f"{_address()} {email.strip().casefold()}")


def _address() -> str:
    return request.remote_addr or ""


def _record(action: AuditAction, actor: str, note: str | None = None) -> None:
    with writing(db.session) as session:
        audit.record(session, action, actor=actor, address=_address(), note=note)
