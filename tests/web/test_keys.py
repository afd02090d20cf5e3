"""The page of the API keys (SPEC section 11)."""

from __future__ import annotations

import pytest

from smtp_panel.access import keys
from smtp_panel.secret import Secret
from smtp_panel.storage import db
from tests.web.conftest import ADMIN, Panel, Visitor
from tests.web.html import Element

KEYS = "/admin/keys"


def make(admin: Visitor, **fields: str | None) -> Element:
    """Make a key by the form; the page with its secret."""
    admin.page(KEYS)
    assert admin.post(KEYS, **({"name": "Billing", "send": "1"} | fields)).status_code == 200
    return admin.html


def shown(page: Element) -> tuple[str, str]:
    """The client id and the secret on a page."""
    return page.id("client_id").text, page.id("client_secret").text


def opens(panel: Panel, client_id: str, secret: str) -> bool:
    with panel.app.app_context():
        return keys.authenticate(db.session.connection(), client_id, Secret(secret)) is not None


@pytest.mark.both_engines
def test_an_admin_makes_a_key_and_sees_its_secret_once(panel: Panel) -> None:
    admin = panel.admin()
    assert "Nothing yet" in admin.page(KEYS).text
    made = make(admin)
    client_id, secret = shown(made)
    assert opens(panel, client_id, secret)
    assert [each["data-copy"] for each in made.all("button", data_copy=None)] == [
        "client_id",
        "client_secret",
    ]

    page = admin.page(KEYS)
    (row,) = page.all("tr", data_key=client_id)
    assert "Billing" in row.text
    assert "Send messages" in row.text
    assert f"Made by {ADMIN}" in row.text
    assert "never used" in row.text
    assert secret not in page.text
    assert "API key created" in admin.page("/admin/audit").one("tbody").text


def test_a_key_is_given_a_new_secret_and_is_revoked(panel: Panel) -> None:
    admin = panel.admin()
    client_id, first = shown(make(admin))
    admin.post(f"{KEYS}/{client_id}/rotate")
    _, second = shown(admin.html)
    assert opens(panel, client_id, first)
    assert opens(panel, client_id, second)
    assert "The old secret is valid until" in admin.html.text

    page = admin.follow(admin.post(f"{KEYS}/{client_id}/revoke"))
    assert not opens(panel, client_id, second)
    assert page.all("tr", data_key=client_id)[0]["data-state"] == "revoked"
    page = admin.follow(admin.post(f"{KEYS}/{client_id}/rotate"))
    assert "There is no such API key, or it was revoked." in page.text


def test_what_is_wrong_with_a_new_key_is_said_at_the_form(panel: Panel) -> None:
    """V2: what was typed stays."""
    admin = panel.admin()
    admin.page(KEYS)
    assert admin.post(KEYS, name="", send="1").status_code == 422
    assert "Name the program" in admin.html.id("name-error").text
    assert admin.post(KEYS, name="Billing").status_code == 422
    assert "Choose at least one" in admin.html.text
    assert admin.html.id("name")["value"] == "Billing"
