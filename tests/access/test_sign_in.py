"""SPEC sections 1 and 10: who is let in, and where they are sent."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from http.cookies import SimpleCookie
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Delete, Update, delete, event, select, update
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import TestResponse

from smtp_panel.access import principal
from smtp_panel.access.sessions import UserSession, browser_of
from smtp_panel.access.users import Role, User
from smtp_panel.audit import AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db, engine, sqlite, writing
from tests.access.application import ADA, PASSWORD, add_user, cheap_hash
from tests.access.conftest import MakeApp
from tests.storage.databases import opened, rows

pytestmark = pytest.mark.both_engines

SITE = Flask("panel")
OTHER = Secret("another password")


def enter(
    client: FlaskClient, email: str = ADA, password: str = PASSWORD.reveal(), **request: Any
) -> TestResponse:
    return client.post("/login", data={"email": email, "password": password}, **request)


def cookie(response: TestResponse) -> SimpleCookie:
    cookies = SimpleCookie()
    for header in response.headers.getlist("Set-Cookie"):
        cookies.load(header)
    return cookies


def signed_in(app: Flask, **request: str) -> FlaskClient:
    client = app.test_client()
    assert enter(client, **request).status_code == 200
    return client


def actions(app: Flask) -> list[str]:
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [f"{entry.action} {entry.actor} {entry.address}" for entry in entries]


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


@contextmanager
def meanwhile(app: Flask, statement: Update | Delete) -> Iterator[None]:
    """Let somebody else carry out `statement` once a request has read what it decides by."""
    with app.app_context():
        engine = db.engine
    waiting = [statement]

    def interfere(*_: object) -> None:
        if waiting:
            other = opened(engine.url.render_as_string(hide_password=False))
            with other.begin() as connection:
                connection.execute(waiting.pop())

    event.listen(engine, "checkin", interfere)
    try:
        yield
    finally:
        event.remove(engine, "checkin", interfere)


def pass_time(app: Flask, time: timedelta) -> None:
    """Let all that is known of the sessions lie further back by `time`."""
    with app.app_context(), writing(db.session) as session:
        for each in session.scalars(select(UserSession)):
            each.created_at -= time
            each.seen_at -= time
            each.ends_at -= time


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


def told_from(app: Flask, address: str, email: str = ADA, password: str = "wrong") -> int:
    """The status that a new browser at `address` gets for signing in."""
    return enter(
        app.test_client(), email, password, environ_base={"REMOTE_ADDR": address}
    ).status_code


def test_guessing_is_limited_by_address(make_app: MakeApp) -> None:
    """L4: whichever the account; another address is not held up."""
    app = make_app(login_limit="3 per hour")
    add_user(app)
    told = [told_from(app, "192.0.2.1", f"user{n}@example.com") for n in range(4)]
    assert told == [401, 401, 401, 429]
    assert told_from(app, "192.0.2.2", ADA, PASSWORD.reveal()) == 200


def test_the_addresses_of_one_network_of_ipv6_are_one_visitor(make_app: MakeApp) -> None:
    """L4: per /64, which one customer has whole."""
    app = make_app(login_limit="3 per hour")
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::", "2001:db8::3"]
    told = [told_from(app, each, f"{n}@example.com") for n, each in enumerate(addresses)]
    assert told == [401, 401, 401, 429]
    assert told_from(app, "2001:db8:0:1::1") == 401


def test_guessing_is_limited_by_account(make_app: MakeApp) -> None:
    """L4: from however many addresses, and however the account is written."""
    app = make_app(login_limit="3 per hour")
    add_user(app)
    written = [ADA, ADA.upper(), f" {ADA} ", ADA]
    told = [told_from(app, f"192.0.2.{n}", each) for n, each in enumerate(written)]
    assert told == [401, 401, 401, 429]
    refused = enter(app.test_client(), environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600


def test_no_stranger_locks_anybody_out(make_app: MakeApp) -> None:
    """L4: whoever signed in from this browser before may still try, wherever it is now."""
    app = make_app(login_limit="3 per hour")
    add_user(app)
    add_user(app, "bob@example.com")
    mine = signed_in(app)
    mine.post("/logout")
    for n in range(40):
        told_from(app, "127.0.0.1", f"user{n}@example.com")
        told_from(app, f"192.0.2.{n}")
    assert told_from(app, "198.51.100.1", ADA, PASSWORD.reveal()) == 429
    assert enter(mine).status_code == 200
    assert told_from(app, "198.51.100.2", "bob@example.com", PASSWORD.reveal()) == 200


def test_a_browser_that_is_known_is_limited_too(make_app: MakeApp) -> None:
    """L4: nor is it known to any other account."""
    app = make_app(login_limit="3 per hour")
    add_user(app)
    add_user(app, "bob@example.com")
    mine = signed_in(app)
    mine.post("/logout")
    assert [enter(mine, ADA, "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
    told = [enter(mine, "bob@example.com", "wrong").status_code for _ in range(4)]
    assert told == [401, 401, 429, 429]


def test_a_browser_is_known_to_the_last_five_accounts_that_signed_in(make_app: MakeApp) -> None:
    """L4: so that its cookie stays one that browsers keep."""
    app = make_app(login_limit="2 per hour")
    people = [f"user{number}@example.com" for number in range(6)]
    shared = app.test_client()
    for number, email in enumerate(people):
        add_user(app, email)
        enter(shared, email, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
        shared.post("/logout")
        assert told_from(app, f"198.51.100.{number}", email) == 401
        told_from(app, f"198.51.100.{number}", email)
    answers = [
        enter(shared, email, environ_base={"REMOTE_ADDR": f"203.0.113.{number}"}).status_code
        for number, email in enumerate(people)
    ]
    assert answers == [429, 200, 200, 200, 200, 200]


@pytest.mark.parametrize("value", ["", "x", "WyJ4IixbXV0.aaaa", "é", "x" * 4000])
def test_a_browser_that_makes_itself_known_is_not(make_app: MakeApp, value: str) -> None:
    """L4: the cookie is signed."""
    app = make_app(login_limit="3 per hour")
    add_user(app)
    client = app.test_client()
    client.set_cookie("smtp_panel_device", value)
    assert [enter(client, ADA, "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_the_cookie_of_a_browser_that_is_known_tells_no_address(app: Flask) -> None:
    """L4, A1: and opens nothing by itself."""
    add_user(app)
    client = signed_in(app)
    known = client.get_cookie("smtp_panel_device")
    assert known
    assert "ada" not in str(base64.urlsafe_b64decode(known.value.partition(".")[0] + "=="))
    assert known.http_only
    assert known.same_site == "Lax"
    stranger = app.test_client()
    stranger.set_cookie("smtp_panel_device", known.value)
    assert stranger.get("/who").text == "nobody"


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


@pytest.mark.parametrize("hours", [1, 12])
def test_a_session_ends_however_much_it_is_used(make_app: MakeApp, hours: int) -> None:
    """A1: after the hours of SMTP_PANEL_SESSION_HOURS."""
    app = make_app(session_hours=hours)
    add_user(app)
    client = signed_in(app)
    with app.app_context():
        found = db.session.scalars(select(UserSession)).one()
        assert found.ends_at - found.created_at == timedelta(hours=hours)
    pass_time(app, timedelta(hours=hours, seconds=-60))
    assert client.get("/who").text == ADA
    pass_time(app, timedelta(seconds=61))
    assert client.get("/who").text == "nobody"


def test_a_busy_session_costs_no_cookies_and_few_writes(app: Flask) -> None:
    """A1, W7: it is noted every five minutes that it is used."""
    add_user(app)
    client = signed_in(app)
    with statements(app) as seen:
        for _ in range(5):
            assert "Set-Cookie" not in client.get("/who").headers
    assert len(seen) == 5
    pass_time(app, timedelta(minutes=6))
    with statements(app) as seen:
        for _ in range(5):
            assert client.get("/who").text == ADA
    assert len([each for each in seen if each.startswith("UPDATE")]) == 1


def test_a_page_is_shown_where_it_cannot_be_noted_that_the_session_was_used(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A1, A8: other requests may have taken every connection meanwhile."""
    monkeypatch.setattr(engine, "POOL_SECONDS", 0.01)
    app = make_app()
    add_user(app)
    with ExitStack() as others:

        @app.after_request
        def take_all(response: Response) -> Response:
            if request.path == "/who":
                db.session.rollback()
                with suppress(PoolTimeout):
                    while True:
                        others.enter_context(db.engine.connect())
            return response

        client = signed_in(app)
        pass_time(app, timedelta(minutes=6))
        assert client.get("/who").text == ADA


def test_no_page_waits_for_a_lock_only_to_note_that_somebody_was_here(app: Flask) -> None:
    """A8: a backup may hold the database for as long as it takes, and pages are there meanwhile."""
    add_user(app)
    client = signed_in(app)
    pass_time(app, timedelta(minutes=6))
    with app.app_context():
        backup = opened(db.engine.url.render_as_string(hide_password=False))
    answered = Event()

    def hold() -> bool:
        with backup.connect().execution_options(**{sqlite.BEGIN: "IMMEDIATE"}) as connection:
            connection.begin()
            holding.set()
            return answered.wait(4)

    holding = Event()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        holding.wait()
        assert client.get("/who").text == ADA
        answered.set()
    assert held.result()


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask) -> None:
    """A1: the session is a row, which signing out removes."""
    add_user(app)
    client, thief = signed_in(app), app.test_client()
    stolen = client.get_cookie("smtp_panel")
    assert stolen
    thief.set_cookie("smtp_panel", stolen.value)
    assert thief.get("/who").text == ADA
    client.post("/logout")
    assert thief.get("/who").text == "nobody"


def test_the_cookie_of_who_is_removed_opens_no_other_account(app: Flask) -> None:
    """A1: neither by its session nor by an id that is given anew."""
    add_user(app)
    client = signed_in(app)
    with app.app_context():
        db.session.delete(db.session.get_one(User, 1))
        db.session.commit()
    add_user(app, "eve@example.com")
    assert client.get("/who").text == "nobody"
    with app.app_context():
        assert db.session.scalars(select(User.id)).one() == 2


def test_a_session_has_the_role_that_its_user_has_now(app: Flask) -> None:
    """N2: who is no admin any more sees no more of mail."""
    add_user(app)
    client = signed_in(app)
    with app.app_context(), writing(db.session) as session:
        session.get_one(User, 1).role = Role.MEMBER
    assert client.get("/admin/smtp").status_code == 403


def test_the_database_holds_no_key_of_a_session(app: Flask) -> None:
    """A1: who reads it gets in nowhere."""
    add_user(app)
    client = signed_in(app)
    with client.session_transaction() as session:
        key = session[principal.SESSION_KEY]
    with app.app_context():
        stored = rows(db.engine)
    assert "user_session" in stored
    assert key not in stored


@pytest.mark.parametrize(
    ("user_agent", "told"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML,"
            " like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like"
            " Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome, macOS",
        ),
        ("curl/8.9.1", "curl/8.9.1"),
        ("\x1b[2J<script>" + "x" * 500, "[2J<script>" + "x" * 49),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, told: str) -> None:
    """A1: the list of one's sessions."""
    assert browser_of(user_agent) == told


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
    [("wrong", "a new password", "current: ")],
)
def test_a_password_is_not_changed_by_a_slip(app: Flask, old: str, new: str, told: str) -> None:
    """N2."""
    add_user(app)
    client = signed_in(app)
    response = client.post("/password", data={"old": old, "new": new})
    assert response.status_code == 422
    assert response.text.startswith(told)
    assert enter(app.test_client()).status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(update(User).values(password_hash=cheap_hash(OTHER)), id="another password"),
        pytest.param(delete(User), id="no account"),
    ],
)
def test_what_ends_a_password_ends_what_was_begun_with_it(
    app: Flask, statement: Update | Delete
) -> None:
    """A1: comparing takes its time, and whoever knows the old password may be there all along."""
    add_user(app)
    visitor = app.test_client()
    with meanwhile(app, statement):
        assert enter(visitor).status_code == 401
    assert visitor.get("/who").text == "nobody"
    add_user(app, "eve@example.com")
    thief = app.test_client()
    enter(thief, "eve@example.com")
    with meanwhile(app, statement):
        thief.post("/password", data={"old": PASSWORD.reveal(), "new": "a new password"})
    assert enter(app.test_client(), "eve@example.com", "a new password").status_code == 401


def test_all_other_sessions_can_be_ended(app: Flask) -> None:
    """A1: of one's own, and not this one."""
    add_user(app)
    add_user(app, "bob@example.com")
    here, elsewhere = signed_in(app), signed_in(app)
    bob = app.test_client()
    enter(bob, "bob@example.com")
    here.post("/end-others")
    assert [each.get("/who").text for each in (here, elsewhere, bob)] == [
        ADA,
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
        assert principal.current_user() is None


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
    assert parse_qs(urlsplit(sent.location).query) == {"next": ["/admin/smtp"], "undone": ["1"]}
    for foreign in ("http://evil.example/admin", "http://[", ""):
        sent = client.post("/own", headers={"Referer": foreign})
        assert parse_qs(urlsplit(sent.location).query) == {"next": ["/"], "undone": ["1"]}


def test_a_fragment_sends_the_whole_page_to_sign_in(app: Flask) -> None:
    """N2: the sign-in form is not swapped into the page."""
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/smtp?a=b"}
    sent = app.test_client().post("/own", headers=headers)
    assert sent.status_code == 401
    assert sent.headers["HX-Redirect"] == "/login?next=%2Fadmin%2Fsmtp%3Fa%3Db&undone=1"
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
        assert principal.safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/admin/smtp", "/admin/audit?before=7", "/a//b", "/日本"])
def test_signing_in_leads_back_to_where_one_was(app: Flask, target: str) -> None:
    """Section 11."""
    with app.test_request_context():
        assert principal.safe_next(target) == target


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_leads_to_another_site(text: str) -> None:
    """N2."""
    with SITE.test_request_context():
        target = principal.safe_next("/" + text)
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
