"""Signing in and out, one-time links, and one's own page (SPEC A1, N2)."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import delete, select

from smtp_panel.access import links, sessions, users
from smtp_panel.access.links import Purpose
from smtp_panel.access.sessions import UserSession
from smtp_panel.app import first_admin_link
from smtp_panel.audit import Actor
from smtp_panel.storage import db, utcnow, writing
from tests.access.test_sign_in import meanwhile
from tests.web.conftest import ADMIN, MEMBER, PASSWORD, Fields, Panel

pytestmark = pytest.mark.both_engines


def link_for(panel: Panel, email: str, age: datetime.timedelta = datetime.timedelta(0)) -> str:
    """The path of a link that sets the password of an account."""
    with panel.app.app_context(), writing(db.session) as session:
        user = users.find(session, email)
        made = utcnow() - age
        token = links.create(session, Purpose.SET_PASSWORD, Actor("test"), user=user, now=made)
    return links.url_path(token)


@pytest.fixture
def empty(panel: Panel) -> Panel:
    """A panel at its first start, without any account."""
    with panel.app.app_context(), writing(db.session) as session:
        session.query(users.User).delete()
    return panel


@pytest.mark.parametrize("wanted", ["/admin/audit", "/admin/smtp?x=1", ""])
def test_after_signing_in_one_is_where_one_wanted_to_go(panel: Panel, wanted: str) -> None:
    """Section 11."""
    visitor = panel.visitor()
    visitor.get(visitor.get(wanted).headers["Location"] if wanted else "/login")
    assert visitor.html.one("h1").text == "Sign in"
    form = visitor.html.one("form", action="/login")
    assert form.one("button").text == "Sign in"
    response = visitor.post("/login", **form.form() | {"email": ADMIN, "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (303, wanted or "/")
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(panel: Panel, target: str) -> None:
    visitor = panel.visitor()
    visitor.get("/login", query_string={"next": target})
    response = visitor.post("/login", email=ADMIN, password=PASSWORD, next=target)
    assert response.headers["Location"] == "/"
    again = visitor.get("/login", query_string={"next": target})
    assert again.headers["Location"] == "/"


@pytest.mark.parametrize("email", [ADMIN, "nobody@example.com", "no address", ""])
def test_what_was_wrong_at_signing_in_stays_unsaid(panel: Panel, email: str) -> None:
    """A1: the same words for a wrong password and an unknown account; the address stays."""
    visitor = panel.visitor()
    assert visitor.sign_in(email, "wrong password").status_code == 422
    told = visitor.html.one(role="alert").text
    assert told == "The email or the password is wrong. Check both and try again."
    assert visitor.html.id("email")["value"] == email
    assert not visitor.html.id("password")["value"]


def test_signing_out_ends_the_session(panel: Panel) -> None:
    """A1."""
    admin = panel.admin()
    admin.page("/")
    assert admin.post("/logout").headers["Location"] == "/login"
    assert admin.get("/").headers["Location"].startswith("/login")


def test_ones_own_page_lists_ones_sessions(panel: Panel) -> None:
    """A1: this browser is marked; each of the others can be ended."""
    here, there, member = panel.member(), panel.visitor(), panel.admin()
    there.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux) Firefox/140.0"
    there.sign_in(MEMBER)
    rows = here.page("/").all("li", data_session=None)
    assert len(rows) == 2
    (mine,) = (row for row in rows if "data-current" in row)
    (other,) = (row for row in rows if "data-current" not in row)
    assert "this browser" in mine.text
    assert not mine.all("button")
    assert "Firefox, Linux" in other.text
    assert "127.0.0.1" in other.text
    assert other.one("button").text == "End"
    here.follow(here.post("/sessions/end", session=other["data-session"]))
    assert there.get("/").status_code == 303
    assert here.get("/").status_code == member.get("/").status_code == 200
    assert len(here.page("/").all("li", data_session=None)) == 1


def test_nothing_on_ones_own_page_takes_the_focus_unless_it_is_wrong(panel: Panel) -> None:
    """V2, N2."""
    member = panel.member()
    assert not member.page("/").all(autofocus=None)
    member.post("/password", current=PASSWORD, new="short")
    assert [field["id"] for field in member.html.all(autofocus=None)] == ["new"]


def test_all_other_sessions_are_ended_by_one_button(panel: Panel) -> None:
    """A1: and nobody else's."""
    here, member = panel.admin(), panel.member()
    others = [panel.admin(), panel.admin()]
    button = here.page("/").one("form", action="/sessions/end-others").one("button")
    assert button.text == "End all others"
    page = here.follow(here.post("/sessions/end-others"))
    assert "You are signed out in all other browsers." in page.text
    assert not page.all("form", action="/sessions/end-others")
    assert [each.get("/").status_code for each in others] == [303, 303]
    assert member.get("/").status_code == 200


@pytest.mark.parametrize("number", ["", "x", "-1", "999999", "9" * 30])
def test_no_other_session_is_ended_by_a_number_that_is_none_of_ones_own(
    panel: Panel, number: str
) -> None:
    """A1."""
    here, member = panel.admin(), panel.member()
    here.page("/")
    assert here.post("/sessions/end", session=number).status_code == 303
    assert here.get("/").status_code == member.get("/").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(panel: Panel) -> None:
    """A1."""
    admin, member = panel.admin(), panel.member()
    theirs = admin.page("/").one("li", data_session=None)["data-session"]
    member.page("/")
    member.post("/sessions/end", session=theirs)
    assert admin.get("/").status_code == 200


def test_the_first_admin_is_made_by_a_link(empty: Panel) -> None:
    """A1: it works once, and leads to the SMTP page."""
    link = first_admin_link(empty.app, "http://localhost/") or ""
    assert link.startswith("http://localhost/link/")
    visitor = empty.visitor()
    page = visitor.page(link)
    assert page.one("h1").text == "Make the first admin"
    assert page.id("password")["autocomplete"] == "new-password"
    wrong = visitor.post(link, email="ada@new.example", password="short")
    assert wrong.status_code == 422
    assert "at least 8 characters" in visitor.html.id("password-error").text
    assert visitor.html.id("email")["value"] == "ada@new.example"
    response = visitor.post(link, email="ada@new.example", password=PASSWORD)
    assert (response.status_code, response.headers["Location"]) == (303, "/admin/smtp")
    assert "to you, ada@new.example" in visitor.page().text
    assert first_admin_link(empty.app, "http://localhost") is None
    assert "This link was used already" in empty.visitor().get(link).text


@pytest.mark.parametrize("email", ["", "no address"])
def test_the_first_admin_needs_a_mail_address(empty: Panel, email: str) -> None:
    """A1: a slip does not use up the link."""
    link = first_admin_link(empty.app, "") or ""
    visitor = empty.visitor()
    visitor.get(link)
    assert visitor.post(link, email=email, password=PASSWORD).status_code == 422
    assert visitor.html.id("email-error").text
    assert empty.visitor().get(link).status_code == 200


def test_a_link_sets_a_new_password(panel: Panel) -> None:
    """A1: and ends what sessions there were; a member lands on their own page."""
    before, visitor, link = panel.member(), panel.visitor(), link_for(panel, MEMBER)
    assert f"For {MEMBER}" in visitor.page(link).text
    response = visitor.post(link, password="another password")
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert before.get("/").status_code == 303
    assert panel.visitor().sign_in(MEMBER, "another password").status_code == 303


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", ["unknown", "expired", "used"])
def test_a_link_that_opens_nothing_says_why(panel: Panel, kind: str, method: str) -> None:
    """A1: 410, and what to do."""
    path = {
        "unknown": "/link/unknown",
        "expired": link_for(panel, MEMBER, datetime.timedelta(days=4)),
        "used": link_for(panel, ADMIN),
    }[kind]
    visitor = panel.visitor()
    if kind == "used":
        visitor.get(path)
        assert visitor.post(path, password="another password").status_code == 303
    visitor.get("/login")
    response = visitor.get(path) if method == "GET" else visitor.post(path, password=PASSWORD)
    assert response.status_code == 410
    assert "This link does not work" in response.text
    assert "ask for a new one" in response.text.lower()


def test_looking_at_a_link_does_not_use_it_up(panel: Panel) -> None:
    """A1: mail programs look."""
    link = link_for(panel, MEMBER)
    for _ in range(3):
        assert panel.visitor().get(link).status_code == 200


def test_name_and_language_are_ones_own(panel: Panel) -> None:
    """N2: the language of the account holds in every browser."""
    member = panel.member()
    member.page("/")
    response = member.post("/profile", name="  Max   Muster ", language="ja")
    page = member.follow(response)
    assert page.id("name")["value"] == "Max Muster"
    assert page.one("html")["lang"] == "ja"
    assert page.one("p", **{"class": "note success"}).text
    assert not member.page("/").all("p", **{"class": "note success"})
    assert panel.member().page("/").one("html")["lang"] == "ja"
    assert panel.admin().page("/").one("html")["lang"] == "en"


@pytest.mark.parametrize("language", ["xx", "", "ja; rm -rf"])
def test_a_language_that_is_none_is_that_of_the_browser(panel: Panel, language: str) -> None:
    """N2."""
    member = panel.member()
    member.page("/")
    page = member.follow(member.post("/profile", name="", language=language))
    assert page.id("language").one("option", selected=None)["value"] == ""


def test_a_name_that_is_too_long_is_told_and_stays(panel: Panel) -> None:
    """N2."""
    member = panel.member()
    member.page("/")
    assert member.post("/profile", name="M" * 201, language="ja").status_code == 422
    assert member.html.id("name")["value"] == "M" * 201
    assert member.html.id("name")["aria-invalid"] == "true"
    assert "at most 200 characters" in member.html.id("name-error").text
    assert member.html.id("language").one("option", selected=None)["value"] == "ja"


def test_another_password_keeps_this_session_and_ends_the_others(panel: Panel) -> None:
    """A1."""
    here, there = panel.member(), panel.member()
    here.page("/")
    response = here.post("/password", current=PASSWORD, new="another password")
    assert "Your password was changed." in here.follow(response).text
    assert there.get("/").status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "where", "told"),
    [
        ("wrong password", "another password", "current", "This is not your password."),
        (PASSWORD, "short", "new", "at least 8 characters"),
        ("", "", "new", "at least 8 characters"),
    ],
)
def test_a_slip_changes_no_password(
    panel: Panel, current: str, new: str, where: str, told: str
) -> None:
    """A1: the message stands beside the field."""
    member = panel.member()
    member.page("/")
    assert member.post("/password", current=current, new=new).status_code == 422
    assert told in member.html.id(f"{where}-error").text
    assert not member.html.id("current")["value"]
    assert not member.html.id("new")["value"]
    assert panel.visitor().sign_in(MEMBER).status_code == 303


def test_a_user_who_is_removed_is_signed_out(panel: Panel) -> None:
    """A1."""
    member = panel.member()
    with panel.app.app_context(), writing(db.session) as session:
        session.query(users.User).filter_by(email=MEMBER).delete()
    assert member.get("/").headers["Location"].startswith("/login")


def test_of_those_who_end_a_session_at_once_one_does(panel: Panel) -> None:
    """A1, V5: a button that is pressed twice is no fault, and one entry of the audit log."""
    panel.admin()
    with panel.app.app_context():
        mine = db.session.scalars(select(UserSession)).one()
    ended: list[bool] = []
    panel.at_once(lambda session: ended.append(sessions.end(session, mine.user_id, mine.id)))
    assert sorted(ended) == [False, False, False, True]


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/profile", {"name": "Ada"}), ("/notices", {}), ("/password", {"current": PASSWORD})],
)
def test_whoever_is_removed_meanwhile_is_led_to_sign_in(
    panel: Panel, path: str, fields: Fields
) -> None:
    """A1: it is no mistake of the panel."""
    admin = panel.admin()
    admin.page("/")
    with meanwhile(panel.app, delete(users.User).where(users.User.email == ADMIN)):
        response = admin.post(path, **({"new": "a new password"} | fields))
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/login")
