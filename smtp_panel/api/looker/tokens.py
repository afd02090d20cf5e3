"""Signing in and out by Looker's API: a token for an API key, or to act as an account (A5)."""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, NotFound

from smtp_panel.access import api_tokens, keys
from smtp_panel.access.api_tokens import NewToken
from smtp_panel.access.authorization import key_of, token_sent
from smtp_panel.access.client import client_address
from smtp_panel.access.keys import KeyScope, NoSuchKey
from smtp_panel.access.people import NoSuchUser
from smtp_panel.api.looker.blueprint import asking, blueprint, unauthorized
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.words import N_

INCOMPLETE = N_(
    "Send client_id and client_secret as a form in the body, and never in the URL, which is logged."
)
# Looker answers so, with 404, and not with 401.
WRONG_KEY = N_("There is no API key with this client ID and this secret. Check both.")
NO_ACCOUNT = N_("There is no account with this ID.")

tokens = blueprint("tokens", "/api")


@tokens.post("/4.0/login")
def login() -> ResponseReturnValue:
    """Give a token, valid for an hour, for the client ID and the secret of an API key."""
    client_id, secret = request.form.get("client_id"), Secret(request.form.get("client_secret", ""))
    if not (client_id and secret):
        raise BadRequest(gettext(INCOMPLETE))
    try:
        if key_of(client_id, secret, client_address()) is None:
            raise NoSuchKey
        with writing(db.session) as session:
            new = api_tokens.create(session, secret)
            keys.note_used(session, client_id)
    except NoSuchKey:
        raise NotFound(gettext(WRONG_KEY)) from None
    return _told(new)


@tokens.post("/4.0/login/<row:user_id>")
def login_user(user_id: int) -> ResponseReturnValue:
    """Give a token with which a program that may manage everything acts as an account."""
    by, token = asking(KeyScope.MANAGE).actor, _token()
    try:
        with writing(db.session) as session:
            return _told(api_tokens.create_for_user(session, token, user_id, by))
    except NoSuchUser:
        raise NotFound(gettext(NO_ACCOUNT)) from None
    except NoSuchKey:
        raise unauthorized() from None


@tokens.delete("/4.0/logout")
@tokens.delete("/logout")  # where the SDKs look for it
def logout() -> ResponseReturnValue:
    """End the token that is shown."""
    asking()
    with writing(db.session) as session:
        api_tokens.end(session, _token())
    return "", 204


def _token() -> Secret:
    """The token by which this request signs in, for a view that needs more than a key."""
    token = token_sent()
    if token is None:
        raise unauthorized()
    return token


def _told(new: NewToken) -> ResponseReturnValue:
    return jsonify(
        access_token=new.token.reveal(),
        token_type="Bearer",  # noqa: S106  (the name of a scheme)
        expires_in=new.seconds,
        refresh_token=None,
    )
