"""The SMTP page is answered from memory only while it would be the same."""

from __future__ import annotations

from smtp_panel.access.users import Role, User
from smtp_panel.storage import db, writing
from tests.web.conftest import ADMIN, Panel


def test_a_page_shows_what_another_admin_saved_a_moment_ago(panel: Panel) -> None:
    """V1, V3."""
    ada, bob = panel.admin(), panel.admin(_another_admin(panel))
    assert "smtp.new.example" not in ada.get("/admin/smtp").text
    bob.get("/admin/smtp")
    saved = bob.post(
        "/admin/smtp",
        service="custom",
        server="smtp.new.example",
        sender="a@b.example",
        port="1",
    )
    assert saved.status_code == 303
    panel.settle()
    assert "smtp.new.example" in ada.get("/admin/smtp").text


def test_an_admin_who_becomes_a_member_is_shut_out_at_once(panel: Panel) -> None:
    """N2."""
    ada = panel.admin()
    assert ada.get("/admin/smtp").status_code == 200
    with panel.app.app_context(), writing(db.session) as session:
        session.query(User).filter_by(email=ADMIN).update({"role": Role.MEMBER})
    assert ada.get("/admin/smtp").status_code == 403


def test_nobody_gets_the_page_of_another(panel: Panel) -> None:
    """T1: whom a test goes to stands on the page."""
    other = _another_admin(panel)
    ada, bob = panel.admin(), panel.admin(other)
    for _ in range(2):
        assert f"to you, {ADMIN}" in ada.get("/admin/smtp").text
        assert f"to you, {other}" in bob.get("/admin/smtp").text


def test_the_language_and_the_theme_change_at_once(panel: Panel) -> None:
    ada = panel.admin()
    assert '<html lang="en"' in ada.get("/admin/smtp").text
    ada.post("/theme", theme="dark", next="/admin/smtp")
    assert 'data-theme="dark"' in ada.get("/admin/smtp").text
    ada.post("/language", language="ja", next="/admin/smtp")
    assert '<html lang="ja"' in ada.get("/admin/smtp").text


def _another_admin(panel: Panel) -> str:
    email = "bob@example.com"
    panel.add_user(email, Role.ADMIN)
    return email
