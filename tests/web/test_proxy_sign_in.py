"""Sign-in by the headers of a trusted proxy (SPEC A2)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from smtp_panel.access.users import Role, User
from smtp_panel.storage import db
from tests.web.conftest import ADMIN, MakePanel, Panel, Visitor

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
HEADERS = [("Remote-User", "boss"), ("Remote-Groups", "ops")]


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


@pytest.mark.parametrize(
    "peer", ["10.0.0.2", "127.0.0.1", "::1", "2001:db8::2", "::ffff:10.0.0.2", "", "unix:"]
)
def test_nobody_else_is_believed_and_it_is_logged(
    panel: Panel, peer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A2: as if there were no such headers; once a minute, with the peer and not the values."""
    visitor = panel.visitor()
    for path in ("/", "/admin/smtp", "/login"):
        answer = ask(visitor, path, BOSS, peer)
        assert answer.status_code == (200 if path == "/login" else 303)
    assert account(panel, "boss") is None
    assert [record.getMessage() for record in caplog.records] == [
        f"proxy headers from an untrusted address: peer={peer}"
    ]


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1"])
def test_a_proxy_is_known_by_its_address_however_it_is_written(panel: Panel, peer: str) -> None:
    """A2."""
    assert ask(panel.visitor(), "/admin/smtp", BOSS, peer).status_code == 200


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
