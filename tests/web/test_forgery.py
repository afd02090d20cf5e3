"""No form is taken without the token of the page that it stood on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from smtp_panel.audit import AuditEntry
from smtp_panel.settings.model import Settings
from smtp_panel.storage import db
from tests.web.conftest import NOBODY, PASSWORD, MakePanel, Panel, Visitor
from tests.web.test_access import routes

# These change the looks of one browser and nothing else, so they ask for none.
LOOKS = {"account.language", "account.theme"}
SIGN_OUT = {"account.logout", "account.logout_everywhere"}
FIELDS = {"email": "eve@example.com", "password": PASSWORD, "current": PASSWORD, "new": "x" * 9}
TOKENS = [None, "", "broken", "x" * 5000, "IjQi.aBcDeF.signature", "\0é"]


def entries(panel: Panel) -> int:
    """How many entries the audit log has."""
    with panel.app.app_context():
        return db.session.scalar(select(func.count(AuditEntry.id))) or 0


@pytest.mark.parametrize("token", TOKENS)
def test_no_view_takes_a_form_without_a_valid_token(
    make_panel: MakePanel, token: str | None
) -> None:
    panel = make_panel(sandbox=True)
    admin, before = panel.admin(), entries(panel)
    walked = 0
    for method, path, endpoint in routes(panel.app):
        if method == "POST" and endpoint not in LOOKS | SIGN_OUT:
            response = admin.post(path, **(NOBODY | FIELDS | {"csrf_token": token}))
            assert response.status_code in {400, 410}, endpoint
            walked += 1
    assert walked == 6
    assert entries(panel) == before
    with panel.app.app_context():
        assert db.session.scalar(select(Settings)) is None


def test_a_token_of_another_session_is_none(panel: Panel) -> None:
    admin, other = panel.admin(), panel.admin()
    other.page()
    admin.page()
    assert admin.save(**NOBODY, csrf_token=other.token).status_code == 400


@pytest.mark.parametrize("address", ["/logout", "/logout/everywhere"])
def test_nobody_is_signed_out_by_another_site(panel: Panel, address: str) -> None:
    admin = panel.admin()
    assert admin.post(address, csrf_token=None).status_code == 303
    assert admin.get("/").status_code == 200


@pytest.mark.parametrize("address", ["/admin/smtp", "/admin/smtp/test"])
def test_what_was_typed_stays_when_the_token_is_broken(panel: Panel, address: str) -> None:
    """V2: the page has a new token, so that pressing once more is enough."""
    admin = panel.admin()
    admin.page()
    response = admin.press(address, **NOBODY, username="typed", tls=None, csrf_token="broken")
    assert response.status_code == 400
    page = admin.html
    place = "test-result" if address.endswith("test") else "form-alert"
    assert "This page was open for too long" in page.id(place).text
    form = page.id("smtp-form").form()
    assert (form["username"], form["server"], form.get("tls")) == ("typed", NOBODY["server"], None)
    assert admin.press(address).status_code == 303


def _signing_in(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/login?next=/admin/audit")
    visitor.post("/login", email="ada@example.com", password=PASSWORD, csrf_token="broken")
    return "email", "ada@example.com"


def _own_name(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/")
    visitor.post("/profile", name="Ada", language="ja", csrf_token="broken")
    return "name", "Ada"


@pytest.mark.parametrize("fill_in", [_signing_in, _own_name])
def test_the_other_forms_keep_what_was_typed_too(panel: Panel, fill_in: object) -> None:
    assert callable(fill_in)
    visitor = panel.visitor() if fill_in is _signing_in else panel.member()
    name, typed = fill_in(visitor)
    assert visitor.html.id(name)["value"] == typed
    assert "This page was open for too long" in visitor.html.text


def test_a_suggestion_is_not_taken_over_for_another_site(panel: Panel) -> None:
    """F9: no other site fills in the form."""
    admin = panel.admin()
    response = admin.save(take="server=evil.example", csrf_token=None)
    assert response.status_code == 400
    assert admin.html.id("server")["value"] == ""
