"""OAuth 2.0 on the page (SPEC F4, F8, F9, F13, F14)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smtp_panel.secret import Secret
from smtp_panel.storage import utcnow
from tests.web.conftest import NOBODY, Fields, MakePanel, Panel, Visitor
from tests.web.test_fields import chosen, error_of

OAUTH: Fields = NOBODY | {
    "auth": "oauth2",
    "username": "ada@example.com",
    "client_id": "panel",
    "client_secret": "s3cret",
    "token_endpoint": "https://id.example/token",
    "scopes": "mail.send  offline",
    "tls": "1",
    "tls_version": "1.3",
}


@pytest.fixture
def saved(panel: Panel) -> Visitor:
    """An admin on a page where OAuth 2.0 is set up."""
    admin = panel.admin()
    panel.saved(admin, **OAUTH)
    return admin


def test_its_fields_are_saved(saved: Visitor) -> None:
    """F8: the secret is never seen again."""
    page = saved.html
    assert chosen(page, "auth") == "oauth2"
    assert page.id("client_id")["value"] == "panel"
    assert page.id("token_endpoint")["value"] == "https://id.example/token"
    assert page.id("scopes")["value"] == "mail.send offline"
    secret = page.id("client_secret")
    assert (secret["type"], secret["placeholder"]) == ("password", "saved; type to replace")
    assert secret["value"] == ""
    assert "open" in page.id("more")


def test_the_end_of_the_client_secret_can_be_entered_and_is_told_ahead(
    panel: Panel, saved: Visitor
) -> None:
    """W6: with the way to the field."""
    assert saved.html.id("client_secret_ends")["type"] == "date"
    tomorrow = (utcnow() + timedelta(days=1)).date().isoformat()
    assert saved.save(client_secret_ends="2027/1/31").status_code == 422
    assert saved.html.id("client_secret_ends-error").one("button", name="take")
    page = panel.saved(saved, client_secret_ends=tomorrow)
    note = page.one("div", data_ending="client_secret")
    assert "The client secret of panel ends soon" in note.text
    assert note.one("a", href="#client_secret")
    assert "The client secret of panel" in page.one("tr", data_ends="client_secret").text
    assert page.id("client_secret_ends")["value"] == tomorrow


def test_all_that_it_needs_is_asked_for(panel: Panel) -> None:
    """F8, V2: in the order of the page, unfolded, with focus on the first."""
    admin = panel.admin()
    needed = {"username": "", "client_id": "", "token_endpoint": "id.example/t", "scopes": "é"}
    for send in (admin.save, admin.test):
        assert send(**OAUTH | needed).status_code == 422
        page = admin.html
        assert [field["id"] for field in page.all(aria_invalid="true")] == list(needed)
        assert [field["id"] for field in page if "autofocus" in field] == ["username"]
        assert "open" in page.id("more")
        assert "mailbox" in error_of(page, "username")
    offer = page.id("token_endpoint-error").one("button", name="take")
    assert offer["value"] == "token_endpoint=https://id.example/t"


def test_without_it_nothing_is_wrong_with_its_fields(panel: Panel) -> None:
    """F8: they are not seen, so what stands in them does not count, nor is it saved."""
    admin = panel.admin()
    page = panel.saved(admin, **OAUTH | {"auth": "plain", "token_endpoint": "x", "client_id": "é"})
    assert page.id("form-alert").text == "Saved."
    assert page.id("client_id")["value"] == ""
    assert not page.has_id("remove_client_secret")


@pytest.mark.parametrize(
    "change",
    [
        {"token_endpoint": "https://evil.example/token"},
        {"client_id": "evil"},
        {"server": "localhost"},
        {"port": "2"},
        {"username": "eve@example.com"},
        {"tls": None},
        {"tls_version": "1.2"},
    ],
)
def test_another_destination_asks_for_the_client_secret_again(
    panel: Panel, saved: Visitor, change: Fields
) -> None:
    """F9: in save and in test; what was typed stays."""
    for send in (saved.save, saved.test):
        assert send(**change).status_code == 422
        assert error_of(saved.html, "client_secret").startswith("Enter the client secret again")
        assert "aria-invalid" not in saved.html.id("password")
    for name, value in change.items():
        assert saved.html.id("smtp-form").form().get(name) == value
    page = panel.saved(saved, **change, client_secret="s3cret")
    assert page.id("form-alert").text == "Saved."


def test_the_client_secret_is_removed_by_an_explicit_act(panel: Panel, saved: Visitor) -> None:
    """F4"""
    assert panel.saved(saved, client_secret="").has_id("remove_client_secret")
    assert not panel.saved(saved, remove_client_secret="1").has_id("remove_client_secret")


def test_the_password_stays_beside_it_until_it_is_removed(panel: Panel) -> None:
    """F4: each is removed by an act of its own."""
    admin = panel.admin()
    panel.saved(admin, **OAUTH | {"auth": "plain", "password": "x"})
    page = panel.saved(admin, **OAUTH)
    assert page.has_id("remove_password")
    assert page.has_id("remove_client_secret")
    page = panel.saved(admin, remove_password="1")
    assert not page.has_id("remove_password")
    assert page.has_id("remove_client_secret")


def test_white_space_around_the_client_secret_is_kept_and_pointed_out(panel: Panel) -> None:
    """F13: and password managers leave it alone."""
    page = panel.saved(panel.admin(), **OAUTH | {"client_secret": "s3cret "})
    notice = page.one(data_notice="client_secret")
    assert "client secret begins or ends with white space" in notice.text
    assert notice["id"] in page.id("client_secret")["aria-describedby"].split()
    assert page.id("client_secret")["autocomplete"] == "new-password"
    assert "data-1p-ignore" in page.id("client_secret")


def test_a_tested_client_secret_has_to_be_typed_again_to_be_saved(panel: Panel) -> None:
    """T3, F4"""
    page = panel.tested(panel.admin(), **OAUTH)
    assert "The client secret that you typed was used for the test" in page.text


def test_the_audit_log_says_of_the_client_secret_only_that_it_changed(
    panel: Panel, saved: Visitor
) -> None:
    """V5"""
    panel.saved(saved, client_id="other", client_secret="other")
    log = saved.page("/admin/audit").one("tbody").text
    assert "Client secret" in log
    assert "Client ID" in log
    assert "OAuth 2.0" in log
    assert "s3cret" not in log


def test_a_second_admin_is_told_what_changed_of_it(panel: Panel, saved: Visitor) -> None:
    """V3"""
    other = panel.admin("eve@example.com")
    other.page()
    panel.saved(saved, scopes="mail.send", client_secret="other")
    assert other.save(sender="eve@example.com").status_code == 409
    conflict = other.html.id("form-alert").text
    assert "Scopes" in conflict
    assert "Client secret" in conflict


def test_what_the_environment_sets_of_it_is_locked(make_panel: MakePanel) -> None:
    """F14: with its origin; the secret goes only where the environment says."""
    names = ("client_id", "token_endpoint", "scopes")
    panel = make_panel(
        auth="oauth2",
        client_secret=Secret("s3cret"),
        server="127.0.0.1",
        port="1",
        username="ada@example.com",
        **{name: str(OAUTH[name]) for name in names},
    )
    admin = panel.admin()
    page = admin.page()
    for name in names:
        assert "readonly" in page.id(name)
        assert page.id(f"{name}-help").text == f"Set by SMTP_PANEL_{name.upper()}"
    assert "disabled" in page.id("client_secret")
    assert not page.has_id("remove_client_secret")
    sent = {"client_id": "evil", "token_endpoint": "https://evil.example", "auth": "plain"}
    page = panel.saved(admin, sender="ada@example.com", client_secret="x", **sent)
    assert page.id("client_id")["value"] == "panel"
    pinned = {"sender": "ada@example.com", "server": "evil.example", "tls": None}
    assert admin.save(**pinned).status_code == 422
    assert "Set SMTP_PANEL_TLS there" in error_of(admin.html, "client_secret")
