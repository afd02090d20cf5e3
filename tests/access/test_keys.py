"""SPEC section 11: API keys, by which programs get in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from smtp_panel.access import keys
from smtp_panel.access.errors import AccessError
from smtp_panel.access.keys import ApiKey, KeyScope, NoSuchKey
from smtp_panel.audit import Actor, AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.storage.databases import rows

pytestmark = pytest.mark.both_engines

BY = Actor("ada@example.com", "192.0.2.1")


def made(*scopes: KeyScope) -> tuple[str, Secret]:
    """The client id and the secret of a new key."""
    with writing(db.session) as session:
        key, secret = keys.create(session, "Billing", scopes or [KeyScope.SEND], BY)
        return key.id, secret


def opens(client_id: str, secret: Secret) -> bool:
    return keys.authenticate(db.session.connection(), client_id, secret) is not None


def test_a_key_opens_by_its_own_id_and_secret_alone(app: Flask) -> None:
    with app.app_context():
        (first, secret), (second, other) = made(), made()

        assert opens(first, secret)
        assert not opens(first, other)
        assert not opens(second, secret)
        for nonsense in ("", "\0", "日本", "x" * 10_000):
            assert not opens(first, Secret(nonsense))
            assert not opens(nonsense, secret)


def test_a_secret_is_no_option_to_a_program_that_takes_it_as_an_argument(app: Flask) -> None:
    """M2: such as swaks, which refuses a password that begins with a hyphen."""
    with app.app_context():
        assert all(made()[1].reveal().isalnum() for _ in range(10))


def test_the_secret_is_stored_nowhere(app: Flask) -> None:
    """Whoever reads the database, or the audit log, gets in by nothing that it holds."""
    with app.app_context():
        client_id, secret = made(KeyScope.READ)
        stored = rows(db.engine)
        (entry,) = db.session.scalars(select(AuditEntry)).all()

    assert client_id in stored
    assert secret.reveal() not in stored
    assert (entry.action, entry.actor) == ("key.created", BY.name)
    assert entry.changes["scopes"] == [None, "read"]


def test_a_new_secret_leaves_no_gap(app: Flask) -> None:
    """Both are valid for a day, however often somebody presses; then only the newest is."""
    with app.app_context():
        client_id, first = made()
        with writing(db.session) as session:
            _, second = keys.rotate(session, client_id, BY)
        with writing(db.session) as session:
            _, third = keys.rotate(session, client_id, BY)

        assert all(opens(client_id, secret) for secret in (first, second, third))
        tomorrow = utcnow() + keys.OVERLAP + timedelta(minutes=1)
        assert [
            keys.authenticate(db.session.connection(), client_id, secret, tomorrow) is not None
            for secret in (first, second, third)
        ] == [False, False, True]


def test_a_key_that_is_revoked_opens_nothing_and_never_will(app: Flask) -> None:
    with app.app_context():
        client_id, first = made()
        with writing(db.session) as session:
            _, second = keys.rotate(session, client_id, BY)
        with writing(db.session) as session:
            keys.revoke(session, client_id, BY)

        assert not opens(client_id, first)
        assert not opens(client_id, second)
        for operation in (keys.rotate, keys.revoke):
            with pytest.raises(NoSuchKey), writing(db.session) as session:
                operation(session, client_id, BY)
        assert db.session.get_one(ApiKey, client_id).revoked_at


@pytest.mark.parametrize(
    ("name", "scopes", "field"), [(" ", [KeyScope.SEND], "name"), ("Billing", [], "scopes")]
)
def test_a_key_has_a_name_and_a_purpose(
    app: Flask, name: str, scopes: list[KeyScope], field: str
) -> None:
    with app.app_context():
        with pytest.raises(AccessError) as refused, writing(db.session) as session:
            keys.create(session, name, scopes, BY)
        assert refused.value.field == field
        assert keys.listed(db.session) == []
