"""The warning in the navigation of other applications (SPEC A3)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from werkzeug.test import TestResponse

from smtp_panel.access.sessions import UserSession
from smtp_panel.access.users import Role, User
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, writing
from tests.web.conftest import ADMIN, NOBODY, MakePanel, Panel, Visitor
from tests.web.html import Element, parse

FRAGMENT, FACTS = "/embed/warning", "/embed/warning.json"
MOUNTED = "http://localhost/mail"


@pytest.fixture
def broken(panel: Panel) -> Panel:
    """A panel whose mail server does not answer."""
    panel.saved(panel.admin(), **NOBODY)
    return panel


def warning(response: TestResponse) -> Element:
    """The warning in the fragment, which is all of it."""
    (element,) = parse(f"<body>{response.text}</body>").one("body").all(data_warning=None)
    return element


def at_the_mount(visitor: Visitor, path: str, **headers: str) -> TestResponse:
    """What a panel answers that is mounted at /mail, where `visitor` has signed in."""
    cookie = visitor.client.get_cookie("smtp_panel")
    if cookie:
        headers["Cookie"] = f"smtp_panel={cookie.value}"
    return visitor.client.get(path, base_url=MOUNTED, headers=headers)


def test_an_admin_is_warned_with_a_link_to_the_smtp_page(broken: Panel) -> None:
    """Below the prefix of the panel."""
    element = warning(at_the_mount(broken.admin(), FRAGMENT))
    assert element["data-warning"] == "embed"
    assert element.one("a").text.strip() == "Mail is not leaving this installation"
    assert element.one("a")["href"] == "/mail/admin/smtp"


def test_it_has_the_colours_of_the_page_around_it(broken: Panel) -> None:
    """No script, no style sheet, and nothing that a policy against inline styles would refuse."""
    fragment = broken.admin().get(FRAGMENT).text
    assert "currentColor" in fragment
    assert not re.search(r"<script|<style|<link|<use|style=|class=|\bon\w+=", fragment)


def test_programs_have_it_as_json(broken: Panel) -> None:
    """By the name with .json, or by what they accept."""
    admin = broken.admin()
    facts: dict[str, Any] = at_the_mount(admin, FACTS).get_json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", facts.pop("since"))
    assert facts == {
        "warning": True,
        "message": "Mail is not leaving this installation",
        "node": "test",
        "waiting": 0,
        "url": "/mail/admin/smtp",
    }
    asked = admin.client.get(FRAGMENT, headers={"Accept": "application/json"})
    assert asked.get_json() == admin.get(FACTS).get_json()
    page = admin.client.get(FRAGMENT, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html"


@pytest.mark.parametrize("who", ["member", "visitor"])
def test_anybody_but_an_admin_learns_nothing(broken: Panel, who: str) -> None:
    """N2: an empty fragment, for which an include prints nothing."""
    someone: Visitor = getattr(broken, who)()
    told = someone.get(FRAGMENT)
    assert (told.status_code, told.data) == (200, b"")
    assert someone.get(FACTS).get_json() == {"warning": False}


def test_where_mail_works_there_is_nothing_to_say(panel: Panel) -> None:
    """W4: nothing is shown, and no place is left for it."""
    admin = panel.admin()
    told = admin.get(FRAGMENT)
    assert (told.status_code, told.data) == (200, b"")
    assert admin.get(FACTS).get_json() == {"warning": False}


@pytest.mark.parametrize("path", [FRAGMENT, FACTS])
def test_a_browser_keeps_it_for_seconds_and_no_cache_for_others(broken: Panel, path: str) -> None:
    """It differs by who asks, in which language, and what for; no other site may have it."""
    for someone in (broken.admin(), broken.member(), broken.visitor()):
        headers = someone.get(path).headers
        assert re.fullmatch(r"private, max-age=([1-9]|[12]\d|30)", headers["Cache-Control"])
        assert {"Accept", "Accept-Language", "Cookie"} <= set(headers["Vary"].split(", "))
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers


def test_it_differs_by_whom_a_proxy_signs_in(make_panel: MakePanel) -> None:
    """A2: for a cache that is the browser's alone, and behind the same proxy for everybody."""
    panel = make_panel(proxy_user_header="Remote-User")
    assert "Remote-User" in panel.visitor().get(FRAGMENT).headers["Vary"].split(", ")


def test_it_sets_no_cookie_not_even_to_end_a_session(broken: Panel) -> None:
    """What another application includes leaves its visitor's cookies alone."""
    admin, visitor = broken.admin(), broken.visitor()
    assert "Set-Cookie" not in admin.get(FRAGMENT).headers
    ended = admin.client.get_cookie("smtp_panel")
    assert ended
    with broken.app.app_context(), writing(db.session) as session:
        session.execute(delete(UserSession))
    visitor.client.set_cookie("smtp_panel", ended.value)
    told = visitor.get(FRAGMENT)
    assert (told.status_code, told.data) == (200, b"")
    assert "Set-Cookie" not in told.headers


def test_it_costs_an_admin_one_look_and_anybody_else_none(broken: Panel) -> None:
    """W7: beside the look for the session, which a visitor has not."""
    asked = {}
    for who in ("admin", "member", "visitor"):
        someone = getattr(broken, who)()
        with broken.queries() as queries:
            someone.get(FRAGMENT)
        asked[who] = len(queries)
    assert asked == {"admin": 2, "member": 1, "visitor": 0}


def test_asked_again_within_a_second_it_costs_nothing(broken: Panel) -> None:
    """A3, W7: each page of another application asks, and an include is kept by no browser."""
    admin = broken.admin()
    told = admin.get(FRAGMENT).text
    with broken.queries() as queries:
        assert admin.get(FRAGMENT).text == told
        assert admin.get(FACTS).get_json()["warning"]
    assert queries == []


def test_what_has_changed_is_told_at_once(broken: Panel) -> None:
    """W4: an admin who has just been told one thing is told the other; so is one who has left."""
    admin, other = broken.admin(), broken.admin()
    assert admin.get(FRAGMENT).data
    assert other.get(FRAGMENT).data
    with broken.app.app_context(), writing(db.session) as session:
        session.execute(update(NodeStatus).values(found=Health.HEALTHY))
    assert not admin.get(FRAGMENT).data
    broken.saved(admin, **NOBODY)
    assert admin.get(FRAGMENT).data
    with broken.app.app_context(), writing(db.session) as session:
        session.execute(update(User).where(User.email == ADMIN).values(role=Role.MEMBER))
    assert not other.get(FRAGMENT).data


def test_while_the_database_is_gone_nothing_is_included(broken: Panel) -> None:
    """And what HTMX has shown before stays."""
    admin = broken.admin()
    with broken.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE user_session RENAME TO lost"))
    for path in (FRAGMENT, FACTS):
        told = admin.get(path)
        assert (told.status_code, told.data) == (503, b"")
        assert told.headers["Cache-Control"] == "no-store"
        assert told.headers["Retry-After"]
