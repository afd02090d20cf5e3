"""When the key that encrypts the saved password is lost or can't be used (SPEC V6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import FERNET_KEY_FILE
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import MakePanel, Panel, fields_of
from tests.web.test_save import badge


def key_of(panel: Panel) -> Path:
    """The file of the key."""
    return panel.config.data_dir / FERNET_KEY_FILE


@pytest.fixture
def before(make_panel: MakePanel, smtpd: StartSmtpd) -> Panel:
    """A panel with a saved password that works."""
    panel = make_panel()
    page = panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert badge(page) == "Healthy"
    return panel


def test_a_lost_key_is_told_and_asks_for_the_password_again(
    before: Panel, make_panel: MakePanel
) -> None:
    """V6, W3: in the warning, at the field, and in what a test answers."""
    key_of(before).unlink()
    panel = make_panel()
    panel.start()
    admin = panel.admin()
    page = admin.page()
    assert "A saved secret can't be read" in page.one(data_warning="page").text
    lost = page.one(data_notice="password")
    assert "can no longer be read, because its key is gone" in lost.text
    assert lost["id"] in page.id("password")["aria-describedby"].split()
    assert admin.test().status_code == 422
    assert "its key is gone. Type it again." in admin.html.id("password-error").text
    page = panel.saved(admin, password="correct horse")
    assert badge(page) == "Healthy"
    assert not page.all(data_warning="page")


def test_a_lost_key_breaks_nothing_else(before: Panel, make_panel: MakePanel) -> None:
    """V6: other fields can be saved meanwhile, and the password is there when its key returns."""
    key = key_of(before).read_bytes()
    key_of(before).unlink()
    panel = make_panel()
    page = panel.saved(panel.admin(), sender="other@example.com")
    assert page.id("sender")["value"] == "other@example.com"
    key_of(before).write_bytes(key)
    panel = make_panel()
    panel.start()
    panel.settle()
    page = panel.admin().page()
    assert badge(page) == "Healthy"
    assert page.id("sender")["value"] == "other@example.com"


@pytest.mark.parametrize("damage", ["folder", "empty", "text", "octets"])
def test_a_key_file_that_cannot_be_used_is_told_when_it_is_needed(
    make_panel: MakePanel, smtpd: StartSmtpd, damage: str
) -> None:
    """V6: what was typed stays, and nothing that needs no key is hindered."""
    first = make_panel()
    key = key_of(first)
    key.unlink()
    if damage == "folder":
        key.mkdir()
    else:
        key.write_bytes({"empty": b"", "text": b"no key", "octets": b"\xff" * 44}[damage])
    panel = make_panel()
    admin, fields = panel.admin(), fields_of(smtpd("none"))
    response = admin.save(**fields)
    assert response.status_code == 503
    alert = admin.html.id("form-alert").text
    assert f"the key file {key} can't be used" in alert
    assert "Put it right on the server" in alert
    assert admin.html.id("username")["value"] == fields["username"]
    assert panel.tested(admin, **fields).id("test-result")["data-state"] == "passed"
    page = panel.saved(admin, username="", password="")
    assert page.id("form-alert").text == "Saved."


def test_no_way_leads_back_to_a_password_that_can_not_be_read(
    before: Panel, make_panel: MakePanel
) -> None:
    """V6: nothing is said to be restored that is not, and nothing is changed."""
    before.saved(before.admin(), password="wrong")
    key_of(before).unlink()
    panel = make_panel()
    admin = panel.admin()
    form = admin.page().one("form", action="/admin/smtp/back").form()
    assert admin.post("/admin/smtp/back", **form).status_code == 422
    assert "its key is gone. Type it again." in admin.html.id("password-error").text
    assert admin.page().id("smtp-form").form()["version"] == form["version"]


def test_the_way_back_outlives_the_key_of_before(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """V6: what is saved again is encrypted by the newest key, and so is what is kept of it."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    fields = fields_of(smtpd("none"))
    panel = make_panel(keys=Secret(old))
    panel.saved(panel.admin(), **fields)
    panel = make_panel(keys=Secret(f"{new},{old}"))
    panel.saved(panel.admin())
    panel = make_panel(keys=Secret(new))
    admin = panel.admin()
    page = panel.saved(admin, password="wrong")
    response = admin.post("/admin/smtp/back", **page.one("form", action="/admin/smtp/back").form())
    panel.settle()
    assert badge(admin.follow(response)) == "Healthy"
