"""The SMTP page without a browser."""

from __future__ import annotations

from tests.web.conftest import Panel


def test_a_member_gets_403_and_a_visitor_is_sent_to_sign_in(panel: Panel) -> None:
    """N2."""
    assert panel.member().get("/admin/smtp").status_code == 403
    response = panel.visitor().get("/admin/smtp")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/login?next=%2Fadmin%2Fsmtp")


def test_without_a_default_service_the_custom_fields_are_shown_at_once(panel: Panel) -> None:
    """S2."""
    page = panel.admin().get("/admin/smtp").text
    assert '<input type="hidden" name="service" value="custom">' in page
    assert "Use default mail settings" not in page
