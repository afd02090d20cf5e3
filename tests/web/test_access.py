"""Who sees what: nobody but admins learns anything about mail (SPEC N1, N2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.web.conftest import NOBODY, MakePanel, Panel

pytestmark = pytest.mark.both_engines

# All other blueprints are closed.
OPEN = {"static", "public", "preferences", "arrived", "embed", "probes"}
EXAMPLES = {
    "run_id": "x" * 22,
    "key": "1.M1P1.x",
    "token": "x" * 43,
    "filename": "app.css",
    "message_id": "0" * 32,
    "schedule_id": 1,
    "client_id": "0" * 20,
    "user_id": "999999999",
    "kind_id": "test",
    "fault_id": "auth-hangs",
}
MAIL_WORDS = ("data-warning", "admin-menu", 'href="/admin', 'href="/sandbox', "127.0.0.1:1", "Mail")


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, path and endpoint of every page."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            continue  # tests/api walks these
        built = rule.build({name: EXAMPLES[name] for name in rule.arguments})
        assert built
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield method, built[1], rule.endpoint


def test_a_visitor_is_sent_to_sign_in_from_everywhere(make_panel: MakePanel) -> None:
    """N2."""
    panel = make_panel(sandbox=True)
    visitor = panel.visitor()
    closed = [route for route in routes(panel.app) if route[2].partition(".")[0] not in OPEN]
    assert len(closed) >= 22
    for method, path, _ in closed:
        response = visitor.client.open(path, method=method)
        assert response.status_code == 303, path
        assert response.headers["Location"].startswith("/login?next="), path


def test_a_member_gets_403_wherever_it_is_about_mail(make_panel: MakePanel) -> None:
    """N2."""
    panel = make_panel(sandbox=True)
    member = panel.member()
    admin_only = {
        "smtp",
        "find",
        "warning",
        "outbox",
        "deliverability",
        "staging",
        "schedules",
        "audit",
        "keys",
        "mail",
        "sandbox",
        "users",
        "faults",
        "senders",
    }
    walked = 0
    for method, path, endpoint in routes(panel.app):
        if endpoint.partition(".")[0] in admin_only:
            response = member.client.open(path, method=method)
            assert response.status_code == 403, path
            assert "This page is for admins" in response.text
            assert not any(word in response.text for word in MAIL_WORDS)
            walked += 1
    assert walked >= 15


def test_an_admin_reaches_every_page(make_panel: MakePanel) -> None:
    """N2."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    unknown = {
        "find.progress", "smtp.progress", "sandbox.message", "outbox.message", "outbox.content",
        "public.link", "arrived.opened", "schedules.show", "schedules.edit",
        "users.person", "users.confirm_removal",
    }  # fmt: skip
    for method, path, endpoint in routes(panel.app):
        if method == "GET":
            expected = {404, 410} if endpoint in unknown else {200, 303}
            assert admin.get(path).status_code in expected, path


@pytest.mark.parametrize("path", ["/", "/login", "/link/unknown", "/nothing", "/admin/smtp"])
def test_members_and_visitors_learn_nothing_about_mail(panel: Panel, path: str) -> None:
    """N2, W1: not even that something is wrong with it."""
    panel.saved(panel.admin(), **NOBODY)
    for someone in (panel.member(), panel.visitor()):
        text = someone.get(path).text
        assert not any(word in text for word in MAIL_WORDS)


def test_the_way_leads_by_admin_and_platform_to_smtp(panel: Panel) -> None:
    """N1: the Admin menu in the global navigation, then Platform, then SMTP in the sidebar."""
    admin = panel.admin()
    menu = admin.page("/").id("admin-menu")
    assert menu.one("summary").text == "Admin"
    platform = menu.one("a")
    assert platform.text == "Platform"
    page = admin.follow(admin.get(platform["href"]))
    sidebar = page.one("nav", aria_label="Admin")
    entry = sidebar.one("a", aria_current="page")
    assert (entry.text, entry["href"]) == ("SMTP", "/admin/smtp")
    assert page.one("h1").text == "SMTP"


def test_a_member_has_no_admin_menu_but_a_page_of_their_own(panel: Panel) -> None:
    """N2: name, language, password, sign out."""
    page = panel.member().page("/")
    assert not page.has_id("admin-menu")
    assert page.id("name")["value"] == ""
    assert [option["value"] for option in page.id("language").all("option")] == ["", "en", "ja"]
    assert page.id("current")["type"] == page.id("new")["type"] == "password"
    assert page.all("form", action="/logout")


def test_a_poll_after_the_session_ended_leaves_the_form_where_it_is(panel: Panel) -> None:
    """N2, V2: nothing is learnt of mail, and nothing that was typed is lost."""
    response = panel.visitor().get("/admin/smtp/status", htmx=True)
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "#form-alert"
    assert "HX-Redirect" not in response.headers
    assert "smtp-status" not in response.text


def test_a_test_after_the_session_ended_says_that_nothing_was_sent(panel: Panel) -> None:
    """T2: whoever pressed the button learns what became of the message."""
    visitor = panel.visitor()
    visitor.htmx = True
    response = visitor.post("/admin/smtp/test", server="mail.example.com")
    assert response.status_code == 401
    assert "Nothing was sent. Your session has ended." in response.text


def test_a_form_sent_after_the_session_ended_is_not_lost(panel: Panel) -> None:
    """V2: what was typed stays on the page; signing in is done in another tab."""
    visitor = panel.visitor()
    visitor.htmx = True
    response = visitor.post("/admin/smtp", server="mail.example.com")
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "#form-alert"
    assert 'href="/login?next=/admin/smtp"' in response.text
    assert "HX-Redirect" not in response.headers


@pytest.mark.parametrize("path", ["/admin/outbox/pause", "/admin/users", "/admin/smtp", "/profile"])
def test_whoever_pressed_a_button_after_the_session_ended_learns_that_nothing_was_done(
    panel: Panel, path: str
) -> None:
    """N2: they sign in, are on the page again, and would take sending for paused."""
    visitor = panel.visitor()
    told = "You were signed out, so nothing was done. Sign in, then press again."
    assert told in visitor.follow(visitor.post(path, email="max@example.com")).text
    assert told not in visitor.follow(visitor.get("/admin/outbox")).text
