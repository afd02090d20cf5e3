"""Sign-in by the headers of a trusted proxy (SPEC A2)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import delete, select
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from smtp_panel.access import external, users
from smtp_panel.access.links import OneTimeLink
from smtp_panel.access.proxy_sign_in import wsgi_name
from smtp_panel.access.users import Role, User
from smtp_panel.alerts import notices
from smtp_panel.app import first_admin_link
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.mail.occasions import MAIL_FAILING
from smtp_panel.storage import db, writing
from tests.web.conftest import (
    ADMIN,
    MAILING,
    NOBODY,
    SECOND_ADMIN,
    MakePanel,
    Panel,
    Visitor,
)
from tests.web.test_access import routes
from tests.web.test_users import USERS, path_of

PROXY = "10.0.0.1"
SIGN_IN = {
    "trusted_proxies": tuple(map(ipaddress.ip_network, ("10.0.0.1", "2001:db8::1"))),
    "proxy_user_header": "Remote-User",
    "proxy_email_header": "Remote-Email",
    "proxy_groups_header": "Remote-Groups",
    "proxy_admin_groups": "mail-admins, ops",
}
BOSS = {"Remote-User": "boss", "Remote-Email": "boss@example.com", "Remote-Groups": "staff, ops"}
STAFF = BOSS | {"Remote-Groups": "staff"}
TWICE = Headers([("Remote-User", "boss"), ("Remote-User", "mallory")])
FORGED = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "//evil.example",
}


@pytest.fixture
def panel(make_panel: MakePanel) -> Panel:
    """One behind a proxy that signs people in."""
    return make_panel(**SIGN_IN)


def ask(
    visitor: Visitor,
    path: str,
    headers: Mapping[str, str] | list[tuple[str, str]],
    peer: str = PROXY,
    **options: Any,
) -> TestResponse:
    """What a request gets that `peer` makes with these headers."""
    base = {"REMOTE_ADDR": peer}
    return visitor.client.open(path, headers=Headers(headers), environ_overrides=base, **options)


def coming(panel: Panel, headers: Mapping[str, str] = BOSS, peer: str = PROXY) -> Visitor:
    """A browser whose every request comes by `peer` with these headers."""
    visitor = panel.visitor()
    visitor.client.environ_base["REMOTE_ADDR"] = peer
    for name, text in headers.items():
        visitor.client.environ_base[wsgi_name(name)] = text
    return visitor


def account(panel: Panel, external_id: str) -> tuple[str | None, Role] | None:
    """Mail address and role of the account that the proxy calls so."""
    with panel.app.app_context():
        user = db.session.scalar(select(User).where(User.external_id == external_id))
        return (user.email, user.role) if user else None


@pytest.mark.both_engines
def test_whom_the_proxy_names_is_signed_in_and_has_an_account_from_then_on(panel: Panel) -> None:
    """A2: an admin group makes an admin; no other does, and none at all neither."""
    for headers, status, role in (
        (BOSS, 200, Role.ADMIN),
        (STAFF, 403, Role.MEMBER),
        (BOSS, 200, Role.ADMIN),
        ({name: text for name, text in BOSS.items() if name != "Remote-Groups"}, 403, Role.MEMBER),
    ):
        visitor = panel.visitor()
        assert ask(visitor, "/", headers).status_code == 200
        assert ask(visitor, "/admin/smtp", headers).status_code == status
        assert account(panel, "boss") == ("boss@example.com", role)


def test_nobody_else_is_believed_and_it_is_logged(
    panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    """A2: as if there were no such headers; once a minute, with the peer and not the values."""
    visitor, peers = panel.visitor(), ("10.0.0.2", "::1", "::ffff:10.0.0.2", "")
    for peer in peers:
        for path in ("/", "/admin/smtp", "/login"):
            answer = ask(visitor, path, BOSS, peer)
            assert answer.status_code == (200 if path == "/login" else 303)
    assert account(panel, "boss") is None
    assert [record.getMessage() for record in caplog.records] == [
        f"proxy headers from an untrusted address: peer={peer}" for peer in peers
    ]


def test_a_cookie_that_was_got_through_the_proxy_is_worth_nothing_elsewhere(panel: Panel) -> None:
    """A2: each request is judged by its own headers."""
    visitor = panel.visitor()
    assert ask(visitor, "/admin/smtp", BOSS).status_code == 200
    assert visitor.client.get_cookie("smtp_panel")
    for peer, headers in (("10.0.0.2", BOSS), (PROXY, {}), ("10.0.0.2", {})):
        assert ask(visitor, "/admin/smtp", headers, peer).status_code == 303


def test_an_account_of_the_same_mail_address_is_the_same_account(panel: Panel) -> None:
    """A2: its role is the proxy's from then on, also in a browser with a session."""
    local = panel.admin()
    answer = ask(panel.visitor(), "/", STAFF | {"Remote-Email": ADMIN.upper()})
    assert ADMIN in answer.text
    assert account(panel, "boss") == (ADMIN, Role.MEMBER)
    assert local.get("/admin/smtp").status_code == 403
    assert ask(panel.visitor(), "/admin/smtp", BOSS | {"Remote-Email": ADMIN}).status_code == 200
    assert local.get("/admin/smtp").status_code == 200


def test_the_same_name_is_the_same_account_whatever_becomes_of_its_mail_address(
    panel: Panel,
) -> None:
    """A2: and two names with one address are two accounts, each with its own role."""
    twin = STAFF | {"Remote-User": "twin"}
    for headers, status in ((BOSS, 200), (twin, 403), (BOSS, 200), (twin, 403)):
        assert coming(panel, headers).get("/admin/smtp").status_code == status
    assert account(panel, "boss") == ("boss@example.com", Role.ADMIN)
    assert account(panel, "twin") == (None, Role.MEMBER)
    assert "boss@example.com" in coming(panel, twin).get("/").text
    coming(panel, BOSS | {"Remote-Email": "b@example.com"}).get("/")
    assert account(panel, "boss") == ("b@example.com", Role.ADMIN)
    coming(panel, twin).get("/")
    assert account(panel, "twin") == ("boss@example.com", Role.MEMBER)


def test_who_becomes_an_admin_takes_no_mail_address_from_somebody_else(panel: Panel) -> None:
    """A2: as many accounts as names, whatever else of them changes with the same request."""
    twin = STAFF | {"Remote-User": "twin", "Remote-Email": "twin@example.com"}
    coming(panel, BOSS).get("/")
    coming(panel, twin).get("/")
    now = twin | {"Remote-Email": "boss@example.com", "Remote-Groups": "ops"}
    assert coming(panel, now).get("/admin/smtp").status_code == 200
    assert account(panel, "twin") == ("twin@example.com", Role.ADMIN)
    assert account(panel, "boss") == ("boss@example.com", Role.ADMIN)


def test_a_name_goes_over_to_the_local_account_of_its_mail_address(panel: Panel) -> None:
    """A2."""
    coming(panel).get("/")
    coming(panel, BOSS | {"Remote-Email": ADMIN}).get("/")
    assert account(panel, "boss") == (ADMIN, Role.ADMIN)
    with panel.app.app_context():
        left = users.find(db.session, "boss@example.com")
        assert left
        assert left.external_id is None
        assert left.id not in set(db.session.scalars(external.able_admins()))


def test_where_no_proxy_signs_people_in_any_more_its_admins_open_nothing(
    make_panel: MakePanel,
) -> None:
    """A1: so the last admin with a password stays one, as on the day before the proxy came."""
    coming(make_panel(**SIGN_IN), BOSS).get("/")
    admin = make_panel().admin()
    admin.page(USERS)
    admin.post(f"{path_of(admin, SECOND_ADMIN)}/remove")
    path = path_of(admin, ADMIN)
    admin.page(path)
    assert admin.post(f"{path}/role", role="member").status_code == 422
    assert "This is the last admin who can sign in" in admin.html.id("role-error").text


def test_where_no_proxy_signs_people_in_any_more_the_start_gives_a_link(
    make_panel: MakePanel,
) -> None:
    """A1: there were no admins but those of the proxy, so that nobody could sign in."""
    panel = make_panel(**SIGN_IN)
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(delete(User))
    coming(panel, BOSS).get("/")
    assert first_admin_link(panel.app, "http://localhost") is None
    link = first_admin_link(make_panel().app, "http://localhost")
    assert link
    visitor = make_panel().visitor()
    assert visitor.get(link.removeprefix("http://localhost")).status_code == 200


def test_what_the_proxy_changes_is_in_the_audit_log(panel: Panel) -> None:
    """V5: by the proxy, from the address of the visitor."""
    for headers in (BOSS, STAFF, STAFF):
        coming(panel, headers | {"X-Forwarded-For": "198.51.100.7"}).get("/")
    with panel.app.app_context():
        made, changed = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id).offset(3))
    for entry in (made, changed):
        assert (entry.actor, entry.address) == ("proxy", "198.51.100.7")
    assert made.action == AuditAction.USER_CREATED
    assert changed.changes == {"email": [None, "boss@example.com"], "role": ["admin", "member"]}
    page = coming(panel).page("/admin/audit").one("tbody").text
    assert "Account changed" in page
    assert "the proxy" in page


@pytest.mark.both_engines
def test_of_requests_that_come_first_at_once_one_makes_the_account(panel: Panel) -> None:
    """A2: as many processes as there are may see somebody for the first time."""
    together = Barrier(4)

    def come(_number: int) -> int:
        visitor = coming(panel)
        together.wait()
        return visitor.get("/admin/smtp").status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(come, range(4))) == [200] * 4
    with panel.app.app_context():
        made = select(AuditEntry).where(AuditEntry.actor == "proxy")
        assert len(db.session.scalars(made).all()) == 1


def test_a_request_costs_one_query_to_know_who_asks(panel: Panel) -> None:
    """W7: also where mail address and role are told anew, as long as nothing changes."""
    for headers in (BOSS, STAFF, BOSS | {"Remote-User": "twin"}):
        visitor = coming(panel, headers)
        visitor.page("/")
        with panel.queries() as queries:
            visitor.get("/nothing")
        about = [query for query in queries if "users" in query]
        assert len(about) == (2 if headers["Remote-User"] == "twin" else 1)


def test_forms_need_the_token_of_their_page(panel: Panel) -> None:
    """Without it another site could press in the name of whoever the proxy signs in."""
    visitor = coming(panel)
    visitor.page("/")
    assert visitor.post("/profile", name="Boss", language="", csrf_token=None).status_code == 400
    assert visitor.post("/profile", name="Boss", language="").status_code == 303
    assert "Boss" in visitor.get("/").text


def test_what_the_proxy_says_unclearly_signs_nobody_in_not_even_by_a_cookie(panel: Panel) -> None:
    """A2: and the page for signing in says so, without a circle of redirects."""
    admin = panel.admin()
    admin.client.environ_base["REMOTE_ADDR"] = PROXY
    assert admin.get("/admin/smtp").status_code == 200
    answer = admin.client.get("/admin/smtp", headers=TWICE)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?")
    page = admin.client.get("/login", headers=TWICE)
    assert page.status_code == 200
    assert "does not say clearly who you are" in page.text


def test_programs_are_asked_for_their_key_whatever_the_proxy_says(panel: Panel) -> None:
    """Section 11: /api takes no such header, and makes no account for it."""
    for path in ("/api/v1/settings", "/api/v1/status", "/healthz", "/static/app.css"):
        with panel.queries() as queries:
            answer = coming(panel).get(path)
        assert answer.status_code == (401 if path.startswith("/api") else 200)
        assert not any("users" in query for query in queries), path
    assert account(panel, "boss") is None


def test_whom_the_proxy_signs_in_has_no_password_here(make_panel: MakePanel) -> None:
    """A2: their own page says who signs them in; nobody gets a link to a password for them."""
    panel = make_panel(**SIGN_IN, **MAILING)
    visitor = coming(panel)
    page = visitor.page("/")
    assert "signs you in" in page.text
    assert not page.has_id("new")
    assert "Your sessions" not in page.text
    assert visitor.post("/password", current="x", new="y" * 9).status_code == 404
    admin = panel.admin()
    with panel.app.app_context():
        boss = users.find(db.session, "boss@example.com")
        assert boss
    shown = admin.page(f"/admin/users/{boss.id}")
    assert "signed in by the proxy" in shown.text
    assert not shown.all("form", action=f"/admin/users/{boss.id}/role")
    assert not shown.all("form", action=f"/admin/users/{boss.id}/link")
    assert admin.post(f"/admin/users/{boss.id}/role", role="member").status_code == 422
    assert admin.post(f"/admin/users/{boss.id}/link").status_code == 422
    assert "signed in by the proxy" in admin.page("/admin/users").text
    visitor = panel.visitor()
    visitor.get("/forgot")
    assert visitor.post("/forgot", email="boss@example.com").status_code == 303
    with panel.app.app_context():
        assert not db.session.scalar(select(OneTimeLink).where(OneTimeLink.user_id == boss.id))


def test_sessions_by_a_password_can_be_ended_by_whom_the_proxy_signs_in(panel: Panel) -> None:
    """A1, A2: those of the local account that is theirs."""
    local = panel.admin()
    visitor = coming(panel, BOSS | {"Remote-Email": ADMIN})
    (session,) = visitor.page("/").all("button", name="session")
    assert visitor.post("/sessions/end", session=session["value"]).status_code == 303
    assert local.get("/").status_code == 303
    assert "Your sessions" not in visitor.page("/").text


@pytest.mark.parametrize("url", ["/oauth2/sign_out", "https://login.example.com/out"])
def test_whom_the_proxy_signs_in_signs_out_there(make_panel: MakePanel, url: str) -> None:
    """A2: by a link on every page, since a form may lead nowhere else."""
    visitor = coming(make_panel(**SIGN_IN, proxy_logout_url=url))
    page = visitor.page("/")
    assert [link.text for link in page.all("a", href=url)] == ["Sign out", "Sign out"]
    assert not page.all("form", action="/logout")
    assert visitor.post("/logout").headers["Location"] == url


def test_without_an_address_to_sign_out_at_the_page_says_how(panel: Panel) -> None:
    """A2."""
    visitor = coming(panel)
    page = visitor.page("/")
    assert "Sign out" not in page.text
    assert "SMTP_PANEL_PROXY_LOGOUT_URL" in page.text
    assert visitor.follow(visitor.post("/logout")).one("h1").text == "Your page"


def test_without_a_mail_address_there_is_no_test_and_the_page_says_why(panel: Panel) -> None:
    """A2, T1: saving works; a test that is asked for all the same sends nothing."""
    nameless = coming(panel, {"Remote-User": "root", "Remote-Groups": "ops"})
    page = nameless.page()
    assert "Your account has no mail address" in page.text
    assert "disabled" in page.id("test")
    assert nameless.save(**NOBODY).status_code == 303
    answer = nameless.test(**NOBODY)
    assert answer.status_code == 422
    assert "Nothing was sent: your account has no mail address" in answer.text
    for path in ("/", "/admin/users", "/admin/mail/test"):
        assert nameless.page(path)
    assert "root" in nameless.page("/admin/users").text
    assert "user root" in nameless.page("/admin/audit").one("tbody").text


def test_an_admin_of_the_proxy_is_told_what_admins_are_told(panel: Panel) -> None:
    """M1: where they have a mail address."""
    coming(panel).get("/")
    coming(panel, {"Remote-User": "root", "Remote-Groups": "ops"}).get("/")
    with panel.app.app_context():
        told = [each.email for each in notices.readers(db.session(), MAIL_FAILING)]
    assert told == ["boss@example.com"]


def test_whoever_was_here_today_is_said_to_have_been(panel: Panel) -> None:
    """A1: noted every five minutes, not at every request."""
    visitor = coming(panel)
    visitor.get("/")
    with panel.queries() as queries:
        visitor.get("/")
    assert not any(query.startswith("UPDATE") for query in queries)
    assert "seen" in panel.admin().page("/admin/users").one("tr", data_user="boss@example.com").text


def test_a_removed_account_is_made_anew_as_long_as_the_proxy_lets_them_in(panel: Panel) -> None:
    """A2: and the page that asks whether to remove it says so."""
    coming(panel).get("/")
    admin = panel.admin()
    with panel.app.app_context():
        boss = users.find(db.session, "boss@example.com")
        assert boss
    page = admin.page(f"/admin/users/{boss.id}/remove")
    assert "get an account anew" in page.text
    assert admin.post(f"/admin/users/{boss.id}/remove").status_code == 303
    assert account(panel, "boss") is None
    assert coming(panel).get("/admin/smtp").status_code == 200
    assert account(panel, "boss")


def test_no_link_or_redirect_names_another_host(make_panel: MakePanel) -> None:
    """A1, A2: whatever a stranger's headers say, on any page."""
    panel = make_panel(**SIGN_IN)
    forged = {**BOSS, **FORGED}
    stranger, admin = coming(panel, forged, "10.0.0.2"), panel.admin()
    admin.client.environ_base.update(stranger.client.environ_base)
    for method, path, _ in routes(panel.app):
        for someone in (stranger, admin):
            answer = someone.client.open(path, method=method)
            assert "evil.example" not in f"{answer.headers}{answer.text}", path


def test_signing_in_leads_to_no_other_site(panel: Panel) -> None:
    """A1: whoever the proxy has signed in already is sent on at once."""
    visitor = coming(panel)
    for target in (
        *("https://evil.example/", "//evil.example", "/\\evil.example", "\\evil.example"),
        *("/\t/evil.example", "javascript:alert(1)", "evil.example", "///evil.example"),
    ):
        answer = visitor.get(f"/login?next={quote(target)}")
        assert answer.headers["Location"] == "/", target
    assert visitor.get("/login?next=/admin/smtp").headers["Location"] == "/admin/smtp"
