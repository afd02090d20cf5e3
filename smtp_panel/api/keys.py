"""API keys: made, given another secret and revoked by programs (SPEC A5, 11)."""

from __future__ import annotations

import datetime

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from smtp_panel.access import keys as stored
from smtp_panel.access.keys import ApiKey, KeyScope
from smtp_panel.access.users import LONGEST_NAME
from smtp_panel.api.bodies import JsonAnswer, JsonObject, answer
from smtp_panel.api.lists import Listed
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing

keys = blueprint("keys")


class NewKey(JsonObject):
    """A key to be made, for the program with this name."""

    name: str = Field(max_length=LONGEST_NAME)
    scopes: list[KeyScope] = Field(min_length=1)


class Key(JsonAnswer):
    """A key, without its secret. Until `old_secret_until` the one before its secret is valid too.

    One that was revoked stays in the list, and lets nobody in.
    """

    client_id: str
    name: str
    scopes: list[KeyScope]
    created_at: datetime.datetime
    created_by: str
    used_at: datetime.datetime | None
    revoked_at: datetime.datetime | None
    old_secret_until: datetime.datetime | None


class KeyWithSecret(Key):
    """A key and its new secret, which nobody is told again."""

    client_secret: str = Field(repr=False)


class Keys(Listed):
    """Every key, the newest first, behind them those that were revoked."""

    keys: list[Key]


@keys.get("/keys")
@Operation(scopes=(KeyScope.READ,), answers={200: Keys})
def show() -> ResponseReturnValue:
    """Every API key, without secrets."""
    overlaps = stored.overlaps(db.session)
    found = stored.listed(db.session)
    return answer(Keys(keys=[_told(key, overlaps.get(key.id)) for key in found]))


@keys.post("/keys")
@Operation(scopes=(KeyScope.MANAGE,), answers={201: KeyWithSecret}, body=NewKey)
def create(body: NewKey) -> ResponseReturnValue:
    """Make a key. Its secret is in this answer, and never again in any."""
    with writing(db.session) as session:
        made = stored.create(session, body.name, body.scopes, asking().actor)
        return answer(_with_secret(session, *made), 201)


@keys.post("/keys/<id:client_id>/rotate")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: KeyWithSecret})
def rotate(client_id: str) -> ResponseReturnValue:
    """Give a key another secret; the one before is valid for 24 hours more.

    So a program can be given the new one while it works. The new one is in this answer alone.
    """
    with writing(db.session) as session:
        made = stored.rotate(session, client_id, asking().actor)
        return answer(_with_secret(session, *made))


@keys.post("/keys/<id:client_id>/revoke")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: Key})
def revoke(client_id: str) -> ResponseReturnValue:
    """End a key, from now on and for good."""
    with writing(db.session) as session:
        return answer(_told(stored.revoke(session, client_id, asking().actor)))


def _with_secret(session: Session, key: ApiKey, secret: Secret) -> KeyWithSecret:
    told = _told(key, stored.overlaps(session).get(key.id))
    return KeyWithSecret(**dict(told), client_secret=secret.reveal())


def _told(key: ApiKey, old_secret_until: datetime.datetime | None = None) -> Key:
    return Key(
        client_id=key.id,
        name=key.name,
        scopes=stored.known_scopes(key.scopes),
        created_at=key.created_at,
        created_by=key.created_by,
        used_at=key.used_at,
        revoked_at=key.revoked_at,
        old_secret_until=old_secret_until,
    )
