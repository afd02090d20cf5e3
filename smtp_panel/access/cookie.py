"""Cookies: all called smtp_panel, and for the path alone at which the panel is (SPEC A4).

So neither another application of the same host nor another panel there ever has them. Browsers send
the cookies of one port to all (RFC 6265, section 8.5), so what signs in is named by the port.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from smtp_panel.config import Config

SESSION_COOKIE = "smtp_panel"


class SignedSessions(SecureCookieSessionInterface):
    """Flask's sessions, signed with SHA-256."""

    digest_method = staticmethod(hashlib.sha256)


class PanelSessions(SignedSessions):
    """Sessions in a cookie of this port alone, Secure where the request came by https."""

    def get_cookie_name(self, app: Flask) -> str:
        """Its name at this port."""
        return of_this_port(super().get_cookie_name(app))

    def get_cookie_path(self, app: Flask) -> str:
        """Where the panel is."""
        return _path()

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that the cookie holds; without one nothing has to be verified."""
        if self.get_cookie_name(app) in request.cookies:
            return super().open_session(app, request)
        if SESSION_COOKIE in request.cookies:  # of a version that named it the same at every port
            session = SignedSessions().open_session(app, request)
            if session:
                session.modified = True  # so that it is kept by its new name
            return session
        return self.session_class()

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


def of_this_port(name: str) -> str:
    """What the cookie `name` is called at the port that was asked; at the usual one as it is."""
    port = re.search(r":(\d+)$", request.host)
    return f"{name}_{port[1]}" if port else name


def _path() -> str:
    return request.script_root or "/"
