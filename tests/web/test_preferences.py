"""The switches of language and theme (SPEC section 11)."""

from __future__ import annotations

import pytest

from tests.web.conftest import NOBODY, Panel, Visitor
from tests.web.html import Element


def language_of(page: Element) -> str:
    """What the page says it is written in."""
    return page.one("html")["lang"]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("ja", "ja"), ("ja-JP,ja;q=0.9,en;q=0.8", "ja"), ("de", "en"), ("", "en"), ("en,ja", "en")],
)
def test_the_browsers_language_is_spoken(panel: Panel, asked: str, spoken: str) -> None:
    visitor = panel.visitor()
    visitor.get("/login")
    page = visitor.client.get("/login", headers={"Accept-Language": asked}).text
    assert f'<html lang="{spoken}"' in page


def test_the_switch_goes_before_what_the_browser_asks_for(panel: Panel) -> None:
    """It leads back to the page, marks what is chosen, and lasts a year."""
    visitor = panel.visitor()
    visitor.get("/login?next=/admin/audit")
    form = next(each for each in visitor.html.all("form") if each["action"] == "/language")
    response = visitor.post("/language", language="ja", next=form.form()["next"])
    assert response.headers["Location"] == "/login?next=/admin/audit"
    cookie = next(each for each in response.headers.getlist("Set-Cookie") if "language" in each)
    for mark in ("HttpOnly", "SameSite=Lax", "Max-Age=31536000"):
        assert mark in cookie
    page = visitor.page(response.headers["Location"])
    assert language_of(page) == "ja"
    assert page.one("button", name="language", value="ja")["aria-pressed"] == "true"


def test_the_account_takes_over_from_the_switch(panel: Panel) -> None:
    """A choice on one's own page is the later one."""
    member = panel.member()
    member.page("/")
    member.post("/language", language="ja", next="/")
    assert language_of(member.page("/")) == "ja"
    page = member.follow(member.post("/profile", name="", language="en"))
    assert language_of(page) == "en"


@pytest.mark.parametrize(("theme", "scheme"), [("dark", "dark"), ("light", "light"), ("auto", "")])
def test_the_theme_is_chosen_on_the_server(panel: Panel, theme: str, scheme: str) -> None:
    """No flash of the other one."""
    visitor = panel.visitor()
    visitor.get("/login")
    visitor.post("/theme", theme=theme, next="/login")
    page = visitor.page("/login")
    assert page.one("html")["data-theme"] == theme
    assert page.one("meta", name="color-scheme")["content"] == (scheme or "light dark")
    assert page.one("button", name="theme", value=theme)["aria-pressed"] == "true"


@pytest.mark.parametrize("switch", ["language", "theme"])
@pytest.mark.parametrize("value", ["xx", "", "en\r\nX: y"])
def test_a_choice_that_is_none_changes_nothing(panel: Panel, switch: str, value: str) -> None:
    visitor = panel.visitor()
    visitor.get("/login")
    response = visitor.post(f"/{switch}", **{switch: value, "next": "/login"})
    assert response.status_code == 303
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil", None])
def test_a_switch_leads_to_no_other_site(panel: Panel, target: str | None) -> None:
    """It asks for no token, for it changes nothing but looks."""
    visitor = panel.visitor()
    response = visitor.post("/theme", csrf_token=None, theme="dark", next=target)
    assert (response.status_code, response.headers["Location"]) == (303, "/")


def _refused_save(admin: Visitor) -> None:
    admin.save(server="")


def _refused_test(admin: Visitor) -> None:
    admin.test(server="")


def _refused_name(admin: Visitor) -> None:
    admin.page("/")
    admin.post("/profile", name="x" * 201)


def _refused_password(admin: Visitor) -> None:
    admin.page("/")
    admin.post("/password", current="", new="")


def _shown_result(admin: Visitor) -> None:
    admin.follow(admin.test(**NOBODY))


def _new_secret(admin: Visitor) -> None:
    admin.page("/admin/keys")
    admin.post("/admin/keys", name="Billing", send="1")
    admin.post(f"/admin/keys/{admin.html.id('client_id').text}/rotate")


def _stale_pause(admin: Visitor) -> None:
    admin.page("/admin/outbox")
    admin.post("/admin/outbox/pause", csrf_token="x")


@pytest.mark.parametrize(
    "come_to",
    [
        *(_refused_save, _refused_test, _refused_name, _refused_password, _shown_result),
        *(_new_secret, _stale_pause),
    ],
)
def test_after_a_refused_form_the_switch_leads_to_a_page(panel: Panel, come_to: object) -> None:
    """What answered the form is no address of its own."""
    assert callable(come_to)
    admin = panel.admin()
    come_to(admin)
    form = next(each for each in admin.html.all("form") if each["action"] == "/theme")
    assert admin.get(form.form()["next"]).status_code == 200
