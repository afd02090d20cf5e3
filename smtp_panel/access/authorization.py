"""Programs sign in with each request: HTTP Basic with an API key (RFC 7617, SPEC L4)."""

from __future__ import annotations

import logging

from flask import Response, after_this_request, g, request

from smtp_panel.access import keys, limits
from smtp_panel.access.keys import ApiKey, KeyScope
from smtp_panel.access.principal import Principal, PrincipalKind
from smtp_panel.secret import Secret
from smtp_panel.storage import UNAVAILABLE, db, utcnow, writing

log = logging.getLogger(__name__)


def key_principal() -> Principal | None:
    """Whoever asks with an API key; None without one. Raises LimitReached as `key_of` does."""
    if "key_principal" not in g:
        g.key_principal = _load()
    found: Principal | None = g.key_principal
    return found


def key_of(client_id: str, secret: Secret, address: str) -> ApiKey | None:
    """The API key with this client id and secret, shown from the IP address; None for a wrong one.

    Wrong keys are limited for each address as sign-ins are, and apart from those: raises
    LimitReached for one too many. A right one never counts, so that nobody can shut out the
    programs, or the people, of a network.
    """
    key = keys.authenticate(db.session, client_id, secret)
    if key is None:
        limits.charge("login", f"keys of {limits.network_of(address)}")
        log.warning("a wrong API key from %s", address)
    return key


def _load() -> Principal | None:
    given = request.authorization
    if given is None or given.type != "basic":
        return None
    address = request.remote_addr or ""
    key = key_of(given.username or "", Secret(given.password or ""), address)
    if key is None:
        return None
    _note_used_later(key)
    scopes = frozenset(map(KeyScope, key.scopes))
    return Principal(
        kind=PrincipalKind.KEY, id=key.id, name=key.name, address=address, scopes=scopes
    )


def _note_used_later(key: ApiKey) -> None:
    """Note with the answer that the key is used; if that fails, it is given all the same."""
    if key.used_at and utcnow() - key.used_at < keys.USED_EVERY:
        return
    client_id = key.id

    @after_this_request
    def _(response: Response) -> Response:
        try:
            with writing(db.session) as session:
                keys.note_used(session, client_id)
        except UNAVAILABLE as error:
            log.warning("an API key was used, unnoted: %s", type(error).__name__)
        return response
