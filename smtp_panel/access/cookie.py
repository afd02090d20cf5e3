"""The session cookie: signed, and for this site alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

from smtp_panel.config import Config

SESSION_COOKIE = "smtp_panel"


class PanelSessions(SecureCookieSessionInterface):
    """Flask's sessions, signed with SHA-256, and Secure where the request came by https."""

    digest_method = staticmethod(hashlib.sha256)

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
