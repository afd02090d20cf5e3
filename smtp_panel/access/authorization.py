"""Programs sign in with each request, by the header Authorization (SPEC A5, L4).

It holds an API key, as HTTP Basic (RFC 7617), or a token that was given for one (RFC 6750).
"""

from __future__ import annotations

import logging
from functools import partial

from flask import g, request
from werkzeug.datastructures import Authorization

from smtp_panel.access import api_tokens, keys, limits
from smtp_panel.access.client import client_address
from smtp_panel.access.keys import ApiKey, KnownKey, NoSuchKey
from smtp_panel.access.principal import Principal, PrincipalKind, is_unnoted, principal_of
from smtp_panel.secret import Secret
from smtp_panel.storage import db, lately

log = logging.getLogger(__name__)

TOKEN_SCHEMES = ("bearer", "token")  # the standard's, and that of Looker's documentation


def key_principal() -> Principal | None:
    """Whoever asks with an API key or a token; None without a right one.

    A token stands for its key, or for an account as which the program acts. Raises LimitReached as
    `key_of` does; a wrong token does not count, for it is too long to be guessed.
    """
    if "key_principal" not in g:
        g.key_principal = _load()
    found: Principal | None = g.key_principal
    return found


def key_of(client_id: str, secret: Secret, address: str) -> KnownKey | None:
    """The API key with this client id and secret, shown from the IP address; None for a wrong one.

    A right one is known for a second, so that a program which asks often costs no query each time.
    Wrong keys are limited for each address as sign-ins are, and apart from those: raises
    LimitReached for one too many. A right one never counts, so that nobody can shut out the
    programs, or the people, of a network.
    """
    try:
        return lately(
            ("key", client_id, secret.digest()), lambda: _authenticated(client_id, secret)
        )
    except NoSuchKey:
        limits.charge("login", f"keys of {limits.network_of(address)}")
        log.warning("a wrong API key from %s", address)
        return None


def _authenticated(client_id: str, secret: Secret) -> KnownKey:
    """The key, or NoSuchKey, which is not remembered."""
    with db.engine.connect() as connection:
        key = keys.authenticate(connection, client_id, secret)
    if key is None:
        raise NoSuchKey
    return key


def token_sent() -> Secret | None:
    """The token that this request shows, right or wrong; None without one."""
    shown = _given()
    if shown is None or shown.type not in TOKEN_SCHEMES:
        return None
    return Secret(shown.token or "")


def _given() -> Authorization | None:
    """What the header Authorization holds; None without one, or where nobody can read it."""
    try:
        return request.authorization
    except ValueError:  # Basic and what is not ASCII
        return None


def _load() -> Principal | None:
    shown, token = _given(), token_sent()
    if token is not None:
        return _by_token(token)
    if shown is None or shown.type != "basic":
        return None
    secret = Secret(shown.password or "")
    key = key_of(shown.username or "", secret, client_address())
    return _by_key(key) if key else None


def _by_token(token: Secret) -> Principal | None:
    holder = api_tokens.find(db.session, token)
    if holder is None:
        return None
    by_key = _by_key(holder.key)
    return principal_of(holder.user) if holder.user else by_key


def _by_key(key: KnownKey | ApiKey) -> Principal:
    if is_unnoted(key.used_at):
        g.note_use = partial(keys.note_used, client_id=key.id)
    return Principal(
        kind=PrincipalKind.KEY,
        id=key.id,
        name=key.name,
        address=client_address(),
        scopes=frozenset(keys.known_scopes(key.scopes)),
    )
