"""SPEC sections 1 and 10: who is let in, and where they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from smtp_panel.access import sign_in
from smtp_panel.access.users import Role, User
from smtp_panel.audit import AuditEntry
from smtp_panel.storage import db
from tests.access.application import ADA, PASSWORD, add_user, application
from tests.access.conftest import Clock

HOUR = 3600
SITE = Flask("panel")


def enter(
    client: FlaskClient, email: str = ADA, password: str = PASSWORD.reveal(), **request: str
) -> TestResponse:
    return client.post("/login", data={"email": email, "password": password}, **request)


def cookie(response: TestResponse) -> SimpleCookie:
    return SimpleCookie("".join(response.headers.getlist("Set-Cookie")))


def signed_in(app: Flask, **request: str) -> FlaskClient:
    client = app.test_client()
    assert enter(client, **request).status_code == 200
    return client


def actions(app: Flask) -> list[str]:
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [f"{entry.action.value} {entry.actor} {entry.address}" for entry in entries]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Clock:
    monkeypatch.setattr("time.time", clock)
    return clock


def test_signing_in_and_out(app: Flask) -> None:
    """A1, V5: both are in the audit log, with the address."""
    add_user(app)
    client = app.test_client()
    assert client.get("/who").text == "nobody"
    enter(client)
    assert client.get("/who").text == ADA
    client.post("/logout")
    assert client.get("/who").text == "nobody"
    assert actions(app)[1:] == [
        f"user.signed_in {ADA} 127.0.0.1",
        f"user.signed_out {ADA} 127.0.0.1",
    ]


@pytest.mark.parametrize("email", [ADA.upper(), f" {ADA} "])
def test_the_mail_address_may_be_written_in_capitals(app: Flask, email: str) -> None:
    """A1."""
    add_user(app)
    assert enter(app.test_client(), email).status_code == 200


def test_a_failure_does_not_tell_whether_there_is_such_an_account(app: Flask) -> None:
    """L4: one answer for all, and one audit entry without what was typed."""
    add_user(app)
    wrong = [
        enter(app.test_client(), email, password)
        for email, password in [(ADA, "wrong"), ("eve@example.com", "wrong"), ("hunter22", "")]
    ]
    assert {(each.status_code, each.text) for each in wrong} == {(401, "wrong")}
    assert actions(app)[1:] == [
        f"login.failed {ADA} 127.0.0.1",
        "login.failed  127.0.0.1",
        "login.failed  127.0.0.1",
    ]


def test_guessing_is_limited_by_visitor_and_account(tmp_path: Path, app: Flask) -> None:
    """L4: past the limit even the right password waits; others are not held up."""
    app = application(tmp_path, login_limit="3 per hour")
    add_user(app)
    for _ in range(3):
        assert enter(app.test_client(), ADA, "wrong").status_code == 401
    refused = enter(app.test_client(), f" {ADA.upper()}")
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    elsewhere = app.test_client()
    assert (
        elsewhere.post(
            "/login",
            data={"email": ADA, "password": PASSWORD.reveal()},
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        ).status_code
        == 200
    )


def test_guessing_is_limited_for_the_installation(tmp_path: Path, app: Flask) -> None:
    """L4: many addresses and accounts do not help."""
    app = application(tmp_path, login_limit="2 per hour")
    told = [enter(app.test_client(), f"user{n}@example.com", "x").status_code for n in range(8)]
    assert told == [401] * 6 + [429] * 2


def test_the_cookie_is_for_this_site_alone(app: Flask) -> None:
    """A1: signed, HttpOnly, SameSite; no other panel on the machine reads it by accident."""
    add_user(app)
    morsel = cookie(enter(app.test_client()))["smtp_panel"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert not morsel["secure"]


def test_the_cookie_of_an_https_page_stays_on_https(app: Flask) -> None:
    """A1."""
    add_user(app)
    response = enter(app.test_client(), base_url="https://panel.example")
    assert cookie(response)["smtp_panel"]["secure"]


def test_a_planted_session_is_not_taken_over(app: Flask) -> None:
    """A1: session fixation."""
    add_user(app)
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody"
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_forged_cookie_is_nobody(app: Flask) -> None:
    """A1."""
    client = app.test_client()
    client.set_cookie("smtp_panel", "eyJ1c2VyIjoxLCJlcG9jaCI6MH0.aaaaaa.bbbbbbbbbb")
    with statements(app) as seen:
        assert client.get("/who").text == "nobody"
    assert seen == []


def test_an_idle_session_ends(app: Flask, time_passes: Clock) -> None:
    """A1: after the hours of SMTP_PANEL_SESSION_HOURS."""
    add_user(app)
    client = signed_in(app)
    time_passes.now += 12 * HOUR - 1
    assert client.get("/who", headers={"HX-Request": "true"}).text == ADA
    time_passes.now += 2
    assert client.get("/who").text == "nobody"


def test_a_busy_session_goes_on_with_few_cookies(app: Flask, time_passes: Clock) -> None:
    """A1: no Set-Cookie at each request."""
    add_user(app)
    client = signed_in(app)
    cookies = 0
    for _ in range(24 * 6):
        time_passes.now += 600
        response = client.get("/who")
        assert response.text == ADA
        cookies += "Set-Cookie" in response.headers
    assert cookies == 48


def test_polling_is_no_activity(app: Flask, time_passes: Clock) -> None:
    """A1: a page left open does not stay signed in for ever."""
    add_user(app)
    client = signed_in(app)
    told = []
    for _ in range(13):
        time_passes.now += HOUR
        told.append(client.get("/who", headers={"HX-Request": "true"}).text)
    assert told == [ADA] * 12 + ["nobody"]


def test_another_password_ends_all_other_sessions(app: Flask) -> None:
    """A1: this one goes on."""
    add_user(app)
    here, elsewhere = signed_in(app), signed_in(app)
    changed = here.post("/password", data={"old": PASSWORD.reveal(), "new": "a new password"})
    assert changed.text == "changed"
    assert here.get("/who").text == ADA
    assert elsewhere.get("/who").text == "nobody"
    assert enter(app.test_client()).status_code == 401
    assert enter(app.test_client(), ADA, "a new password").status_code == 200
    assert f"user.password_changed {ADA} 127.0.0.1" in actions(app)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("wrong", "a new password", "old: "), (PASSWORD.reveal(), "short", "password: ")],
)
def test_a_password_is_not_changed_by_a_slip(app: Flask, old: str, new: str, told: str) -> None:
    """N2."""
    add_user(app)
    client = signed_in(app)
    response = client.post("/password", data={"old": old, "new": new})
    assert response.status_code == 422
    assert response.text.startswith(told)
    assert enter(app.test_client()).status_code == 200


def test_guessing_the_old_password_is_limited(tmp_path: Path, app: Flask) -> None:
    """L4: a stolen session is no way to the password."""
    app = application(tmp_path, login_limit="3 per hour")
    add_user(app)
    client = signed_in(app)
    guesses = [
        client.post("/password", data={"old": f"guess {n}", "new": "a new password"}).status_code
        for n in range(3)
    ]
    assert guesses == [422, 422, 429]


def test_signing_out_everywhere_ends_every_session(app: Flask) -> None:
    """A1."""
    add_user(app)
    add_user(app, "bob@example.com")
    here, elsewhere = signed_in(app), signed_in(app)
    bob = app.test_client()
    enter(bob, "bob@example.com")
    here.post("/logout-everywhere")
    assert [each.get("/who").text for each in (here, elsewhere, bob)] == [
        "nobody",
        "nobody",
        "bob@example.com",
    ]


def test_a_user_who_is_gone_is_signed_out(app: Flask) -> None:
    """A1."""
    add_user(app)
    client = signed_in(app)
    with app.app_context():
        db.session.delete(db.session.get_one(User, 1))
        db.session.commit()
    assert client.get("/who").text == "nobody"
    assert client.get("/admin/smtp").status_code == 303


def test_a_visitor_costs_no_query_and_a_user_one(app: Flask) -> None:
    """W7."""
    add_user(app)
    client = signed_in(app)
    with statements(app) as seen:
        app.test_client().get("/who")
    assert seen == []
    with statements(app) as seen:
        client.get("/who")
    assert len(seen) == 1


def test_nobody_is_signed_in_outside_a_request(app: Flask) -> None:
    """N2: as in a worker that renders a template."""
    with app.app_context():
        assert sign_in.current_user() is None


def test_a_visitor_is_sent_to_sign_in_and_back(app: Flask) -> None:
    """N2, section 11."""
    add_user(app)
    client = app.test_client()
    sent = client.get("/admin/smtp?step=tls&x=%E3%81%82")
    assert sent.status_code == 303
    location = urlsplit(sent.location)
    assert location.path == "/login"
    assert parse_qs(location.query) == {"next": ["/admin/smtp?step=tls&x=あ"]}
    assert "mail" not in sent.text.replace("/admin/smtp", "")
    back = client.post(sent.location, data={"email": ADA, "password": PASSWORD.reveal()})
    assert client.get(back.text).status_code == 200


def test_a_form_sent_without_a_session_leads_back_to_its_page(app: Flask) -> None:
    """N2: a test has no page of its own to come back to."""
    client = app.test_client()
    sent = client.post("/own", headers={"Referer": "http://localhost/admin/smtp"})
    assert parse_qs(urlsplit(sent.location).query) == {"next": ["/admin/smtp"]}
    for foreign in ("http://evil.example/admin", "http://[", ""):
        sent = client.post("/own", headers={"Referer": foreign})
        assert parse_qs(urlsplit(sent.location).query) == {"next": ["/"]}


def test_a_fragment_sends_the_whole_page_to_sign_in(app: Flask) -> None:
    """N2: the sign-in form is not swapped into the page."""
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/smtp?a=b"}
    sent = app.test_client().post("/own", headers=headers)
    assert sent.status_code == 401
    assert sent.headers["HX-Redirect"] == "/login?next=%2Fadmin%2Fsmtp%3Fa%3Db"
    assert sent.text == ""


def test_sign_in_is_found_below_a_path_prefix(app: Flask) -> None:
    """A2."""
    sent = app.test_client().get("/own", environ_overrides={"SCRIPT_NAME": "/mail"})
    assert sent.location == "/mail/login?next=%2Fmail%2Fown"


def test_a_member_may_not_open_the_panel(app: Flask) -> None:
    """N2: 403, and not a word about mail."""
    add_user(app, role=Role.MEMBER)
    client = signed_in(app)
    assert client.get("/own").status_code == 200
    for refused in (client.get("/admin/smtp"), client.post("/admin/smtp")):
        assert refused.status_code == 403
        assert "mail" not in refused.text


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "admin",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "///x",
    ],
)
def test_signing_in_leads_to_no_other_site(app: Flask, target: str | None) -> None:
    """N2: open redirects."""
    with app.test_request_context():
        assert sign_in.safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/admin/smtp", "/admin/audit?before=7", "/a//b", "/日本"])
def test_signing_in_leads_back_to_where_one_was(app: Flask, target: str) -> None:
    """Section 11."""
    with app.test_request_context():
        assert sign_in.safe_next(target) == target


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_leads_to_another_site(text: str) -> None:
    """N2."""
    with SITE.test_request_context():
        target = sign_in.safe_next("/" + text)
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
