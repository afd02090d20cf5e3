"""API keys as programs make and handle them (SPEC A5, 11, NAMES)."""

from __future__ import annotations

import pytest

from tests.api.conftest import HELLO, Program, told_by


def made_by(manager: Program, **fields: object) -> Program:
    """A program with a key that `program` has made."""
    answer = manager.ask("POST", "/keys", {"name": "Shop", "scopes": ["send"], **fields})
    assert answer.status_code == 201
    made = told_by(answer)
    return Program(manager.panel, manager.client, made["client_id"], made["client_secret"])


@pytest.mark.both_engines
def test_a_key_is_made_used_and_revoked(manager: Program) -> None:
    """Section 11: its secret is told once; a revoked key lets nobody in, and stays in the list."""
    shop = made_by(manager)
    assert shop.post(HELLO).status_code == 202
    listed = manager.ask("GET", "/keys")
    (newest, own) = told_by(listed)["keys"]
    assert newest["client_id"] == shop.client_id
    assert (newest["name"], newest["scopes"]) == ("Shop", ["send"])
    assert newest["created_by"] == manager.actor
    assert newest["used_at"]
    assert own["client_id"] == manager.client_id
    assert shop.secret not in listed.text
    for status in (200, 404):
        assert manager.ask("POST", f"/keys/{shop.client_id}/revoke").status_code == status
    assert shop.post(HELLO).status_code == 401
    assert told_by(manager.ask("GET", "/keys"))["keys"][1]["revoked_at"]


def test_a_rotated_key_works_by_both_secrets(manager: Program) -> None:
    """NAMES, /keys/ID/rotate: no gap; until when the old one is valid is told."""
    shop = made_by(manager)
    told = told_by(manager.ask("POST", f"/keys/{shop.client_id}/rotate"))
    assert told["client_secret"] != shop.secret
    assert told["old_secret_until"]
    new = Program(shop.panel, shop.client, shop.client_id, told["client_secret"])
    assert [each.post(HELLO).status_code for each in (shop, new)] == [202, 202]
    audited = told_by(manager.ask("GET", "/audit"))
    assert audited["entries"][0]["action"] == "key.rotated"
    assert told["client_secret"] not in str(audited)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_what_can_be_no_key_is_refused(
    manager: Program, fields: dict[str, object], wrong: str
) -> None:
    answer = manager.ask("POST", "/keys", {"name": "Shop", "scopes": ["send"], **fields})
    assert answer.status_code == 422
    assert list(told_by(answer)["errors"]) == [wrong]


@pytest.mark.both_engines
@pytest.mark.parametrize("nothing", ["0" * 20, "%00", "x%20y"])
def test_a_key_that_is_not_there_is_404(manager: Program, nothing: str) -> None:
    for action in ("rotate", "revoke"):
        assert manager.ask("POST", f"/keys/{nothing}/{action}").status_code == 404
