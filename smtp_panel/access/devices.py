"""Browsers that have signed in before: past an account's limit they may still try (SPEC L4).

Such a browser has a cookie, signed, that names the accounts without telling them. It opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets

import flask
from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "smtp_panel_device"
SECONDS = 365 * 24 * 3600
MOST_ACCOUNTS = 5
SALT = "smtp-panel-device"


def known(account: str) -> str | None:
    """The name of this browser, where somebody has signed in to `account` with it before."""
    name, accounts = _read()
    return name if _digest(account) in accounts else None


def remember(account: str) -> None:
    """Have this browser remember, with the answer to this request, that it signed in here."""
    name, accounts = _read()
    kept = [_digest(account), *(each for each in accounts if each != _digest(account))]
    value = _serializer().dumps([name or secrets.token_urlsafe(16), kept[:MOST_ACCOUNTS]])

    @flask.after_this_request
    def _(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            value,
            max_age=SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
        return response


def _read() -> tuple[str, list[str]]:
    try:
        name, accounts = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return "", []
    return name, accounts


def _serializer() -> URLSafeSerializer:
    keys = [*(current_app.config["SECRET_KEY_FALLBACKS"] or ()), current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt=SALT)


def _digest(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:32]
