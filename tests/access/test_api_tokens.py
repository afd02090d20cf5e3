"""SPEC A5: tokens, which programs show in place of their API key."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from smtp_panel.access import api_tokens, keys, people, users
from smtp_panel.access.api_tokens import LIFETIME, ApiToken
from smtp_panel.access.keys import KeyScope, NoSuchKey
from smtp_panel.access.people import NoSuchUser
from smtp_panel.access.users import Role
from smtp_panel.audit import Actor, AuditAction, AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.storage.databases import rows

pytestmark = pytest.mark.both_engines

BY = Actor("Looker", "192.0.2.1", key_id="0" * 20)
MOMENT = timedelta(seconds=1)


def made_key() -> tuple[str, Secret]:
    """The client id and the secret of a new key."""
    with writing(db.session) as session:
        key, secret = keys.create(session, "Looker", [KeyScope.MANAGE], BY)
        return key.id, secret


def made(secret: Secret) -> Secret:
    """A new token for the key with this secret."""
    with writing(db.session) as session:
        return api_tokens.create(session, secret).token


def acting(token: Secret, user_id: int) -> Secret:
    """A new token with which the one who shows `token` acts as an account."""
    with writing(db.session) as session:
        return api_tokens.create_for_user(session, token, user_id, BY).token


def made_user() -> int:
    with writing(db.session) as session:
        user = users.create_user(
            session, email="max@test.example", role=Role.MEMBER, by=Actor("test")
        )
        session.flush()
        return user.id


def opens(token: Secret) -> bool:
    return api_tokens.find(db.session, token) is not None


def test_a_token_stands_for_its_key_for_an_hour(app: Flask) -> None:
    with app.app_context():
        client_id, secret = made_key()
        with writing(db.session) as session:
            token, seconds = api_tokens.create(session, secret)
        now = utcnow()

        assert seconds == 3600
        holder = api_tokens.find(db.session, token, now + LIFETIME - MOMENT)
        assert holder
        assert (holder.key.id, holder.user) == (client_id, None)
        assert api_tokens.find(db.session, token, now + LIFETIME) is None
        for nonsense in ("", "\0", "日本", "x" * 10_000, secret.reveal()):
            assert not opens(Secret(nonsense))


def test_the_token_is_stored_nowhere(app: Flask) -> None:
    """Whoever reads the database gets in by nothing that it holds."""
    with app.app_context():
        token = made(made_key()[1])
        assert token.reveal() not in rows(db.engine)


def test_it_ends_by_signing_out_and_no_other_with_it(app: Flask) -> None:
    with app.app_context():
        secret = made_key()[1]
        first, second = made(secret), made(secret)
        with writing(db.session) as session:
            api_tokens.end(session, first)
        assert [opens(each) for each in (first, second)] == [False, True]


def test_it_ends_with_its_key(app: Flask) -> None:
    """A key that is revoked opens nothing, and gives no token either."""
    with app.app_context():
        client_id, secret = made_key()
        token = made(secret)
        user_token = acting(token, made_user())
        with writing(db.session) as session:
            keys.revoke(session, client_id, BY)
        assert not any(map(opens, (token, user_token)))
        with pytest.raises(NoSuchKey):
            made(secret)
        with pytest.raises(NoSuchKey):
            acting(token, 1)


def test_it_ends_with_a_secret_that_was_replaced_and_says_so(app: Flask) -> None:
    """So that an SDK, which counts the seconds, signs in again in time."""
    with app.app_context():
        client_id, secret = made_key()
        with writing(db.session) as session:
            _, newest = keys.rotate(session, client_id, BY)
        shortly_before = utcnow() + keys.OVERLAP - timedelta(minutes=10)
        with writing(db.session) as session:
            old, seconds = api_tokens.create(session, secret, shortly_before)
            new = api_tokens.create(session, newest, shortly_before)
        assert 590 <= seconds <= 600
        assert new.seconds == 3600
        after = shortly_before + timedelta(minutes=11)
        assert api_tokens.find(db.session, old, after) is None
        assert api_tokens.find(db.session, new.token, after)


def test_a_program_acts_as_an_account_until_that_is_removed(app: Flask) -> None:
    """The audit log tells that the key did so: by then it reads as if the account did it all."""
    with app.app_context():
        token, user_id = made(made_key()[1]), made_user()
        other = acting(token, user_id)

        holder = api_tokens.find(db.session, other)
        assert holder
        assert holder.user
        assert holder.user.email == "max@test.example"
        entries = select(AuditEntry).where(AuditEntry.action == AuditAction.KEY_ACTED_AS)
        (entry,) = db.session.scalars(entries).all()
        assert (entry.actor, entry.address) == (BY.name, BY.address)
        assert entry.changes == {"email": [None, "max@test.example"]}

        with writing(db.session) as session:
            people.remove(session, user_id, by=BY)
        assert not opens(other)
        with pytest.raises(NoSuchUser):
            acting(token, user_id)


def test_what_has_expired_is_forgotten(app: Flask) -> None:
    with app.app_context():
        secret = made_key()[1]
        lasting = made(secret)
        with writing(db.session) as session:
            api_tokens.create(session, secret, utcnow() - LIFETIME)
            api_tokens.forget_ended(session)
        assert opens(lasting)
        assert len(db.session.scalars(select(ApiToken)).all()) == 1
