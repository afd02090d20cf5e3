"""The session cookie: signed, for this site alone, ending with idleness."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import flask
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from smtp_panel.access.users import User
from smtp_panel.config import Config

COOKIE = "smtp_panel"
USER, EPOCH, SEEN = "user", "epoch", "seen"
RENEWALS = 24  # in a lifetime; each costs a Set-Cookie


class PanelSessions(SecureCookieSessionInterface):
    """Flask's sessions, signed with SHA-256, secure wherever the request was."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep the cookie of an https page off http; on http it could not be set at all."""
        return flask.request.is_secure


def init_app(app: Flask, config: Config) -> None:
    """Give `app` its session cookie."""
    app.session_interface = PanelSessions()
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=config.session_hours),
    )


def begin(user: User) -> None:
    """Start a session of `user`; nothing of the one before is kept, which might be planted."""
    flask.session.clear()
    flask.session.permanent = True
    flask.session.update({USER: user.id, EPOCH: user.epoch, SEEN: int(time.time())})


def keep() -> None:
    """Carry a busy session on, with a new cookie now and then; polling is not being busy."""
    lifetime = flask.current_app.permanent_session_lifetime.total_seconds()
    polling = flask.request.method == "GET" and "HX-Request" in flask.request.headers
    now = int(time.time())
    if not polling and now - flask.session[SEEN] >= lifetime / RENEWALS:
        flask.session[SEEN] = now
