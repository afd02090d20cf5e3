"""Cookies: all called smtp_panel, and for the path alone at which the panel is (SPEC A4).

So neither another application of the same host nor another panel there ever has them.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from smtp_panel.config import Config

SESSION_COOKIE = "smtp_panel"


class PanelSessions(SecureCookieSessionInterface):
    """Flask's sessions, signed with SHA-256, and Secure where the request came by https."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_path(self, app: Flask) -> str:
        """Where the panel is."""
        return _path()

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that the cookie holds; without one nothing has to be verified."""
        known = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if known else self.session_class()

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep the cookie of an https page off http; on http it could not be set at all."""
        return request.is_secure


def init_app(app: Flask, config: Config) -> None:
    """Give `app` its session cookie."""
    app.session_interface = PanelSessions()
    app.config.update(
        SESSION_COOKIE_NAME=SESSION_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=config.session_hours),
    )


def keep(response: Response, name: str, value: str, *, seconds: int) -> None:
    """Let the browser keep a cookie for so long, which no script can read."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=_path(),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def forget(response: Response, name: str) -> None:
    """Let the browser drop a cookie."""
    response.delete_cookie(name, path=_path())


def _path() -> str:
    return request.script_root or "/"
