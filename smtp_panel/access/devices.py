"""Device cookies: a browser that has signed in before may try past an account's limit (SPEC L4).

The cookie is signed and holds a random name of the browser, and digests of the accounts that signed
in with it. It signs nobody in. See OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

from __future__ import annotations

import hashlib
import secrets

import flask
from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from smtp_panel.access import cookie

DEVICE_COOKIE = "smtp_panel_device"
DEVICE_COOKIE_SECONDS = 365 * 24 * 3600
MOST_ACCOUNTS = 5
SALT = "smtp-panel-device"


def device_of(account: str) -> str | None:
    """The random name of this browser if it has signed in to `account` before, else None."""
    name, accounts = _read()
    return name if _digest(account) in accounts else None


def remember(account: str) -> None:
    """Set the cookie, with the answer to this request, that says it signed in to `account`."""
    name, accounts = _read()
    digests = [_digest(account), *(each for each in accounts if each != _digest(account))]
    value = _serializer().dumps([name or secrets.token_urlsafe(16), digests[:MOST_ACCOUNTS]])

    @flask.after_this_request
    def _(response: Response) -> Response:
        here = cookie.of_this_port(DEVICE_COOKIE)
        cookie.keep(response, here, value, seconds=DEVICE_COOKIE_SECONDS)
        return response


def _read() -> tuple[str, list[str]]:
    here = request.cookies.get(cookie.of_this_port(DEVICE_COOKIE))
    before = request.cookies.get(DEVICE_COOKIE, "")  # as older versions called it at every port
    try:
        name, accounts = _serializer().loads(here or before)
    except BadSignature:
        return "", []
    return name, accounts


def _serializer() -> URLSafeSerializer:
    keys = [*(current_app.config["SECRET_KEY_FALLBACKS"] or ()), current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt=SALT)


def _digest(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:32]
