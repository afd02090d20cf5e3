"""The spoofing table: which headers sign somebody in, from whom, and in which form (SPEC A2)."""

from __future__ import annotations

import ipaddress
import logging
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from smtp_panel.access.external import ExternalUser
from smtp_panel.access.proxy_sign_in import ProxyHeaders
from smtp_panel.access.rarely import MOST, PAUSE, Rarely
from smtp_panel.access.users import Role
from smtp_panel.config import Config
from smtp_panel.web.proxies import TrustedProxies

PROXY = "10.0.0.1"
CONFIG = Config(
    data_dir=Path(),
    trusted_proxies=tuple(map(ipaddress.ip_network, (PROXY, "127.0.0.2", "2001:db8::1"))),
    proxy_user_header="Remote-User",
    proxy_email_header="Remote-Email",
    proxy_groups_header="Remote-Groups",
    proxy_admin_groups="mail-admins,ops",
)
Pairs = list[tuple[str, str]]
BOSS: Pairs = [
    ("Remote-User", "boss"),
    ("Remote-Email", "boss@example.com"),
    ("Remote-Groups", "ops"),
]


def who(headers: Pairs, peer: str = PROXY, config: Config = CONFIG) -> str:
    """Who is signed in by a request of `peer`, in a line; `nobody`, or `ask the cookie`."""
    sign_in = ProxyHeaders(config)

    @Request.application
    def show(request: Request) -> Response:
        found = sign_in.identify(request.environ)
        if isinstance(found, ExternalUser):
            return Response(f"{found.id} {found.email or '-'} {found.role}")
        return Response(found or "ask the cookie")

    builder = EnvironBuilder(headers=Headers(headers), environ_base={"REMOTE_ADDR": peer})
    return Client(TrustedProxies(show, config, {})).open(builder).text


def with_user(text: str) -> Pairs:
    """The headers of BOSS, with another user name."""
    return [("Remote-User", text), *BOSS[1:]]


@pytest.mark.parametrize(
    "peer", ["10.0.0.1", "::ffff:10.0.0.1", "::ffff:0a00:0001", "127.0.0.2", "2001:db8:0::1"]
)
def test_a_trusted_proxy_signs_in_whom_it_names(peer: str) -> None:
    """A2: however its address is written."""
    assert who(BOSS, peer) == "boss boss@example.com admin"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(BOSS, id="all of them"),
        pytest.param(BOSS[:1], id="the user alone"),
        pytest.param([("REMOTE-USER", "boss")], id="upper case"),
        pytest.param([("remote-user", "boss")], id="lower case"),
        pytest.param([("Remote_User", "boss")], id="an underscore"),
        pytest.param([("Remote-User", "boss"), ("Remote-User", "boss")], id="doubled"),
        pytest.param([*BOSS, ("X-Forwarded-For", PROXY)], id="as if forwarded by the proxy"),
        pytest.param([*BOSS, ("X-Real-IP", PROXY)], id="as if it were the proxy"),
        pytest.param([*BOSS, ("Forwarded", f"for={PROXY}")], id="by RFC 7239"),
    ],
)
@pytest.mark.parametrize(
    "peer",
    [
        *("10.0.0.2", "127.0.0.1", "::1", "::ffff:127.0.0.1", "2001:db8::2", "2001:db8::1%eth0"),
        *("", "unix:", "localhost", "10.0.0.1:80", "10.0.0.1, 10.0.0.2"),
    ],
)
def test_nobody_but_a_trusted_proxy_signs_anybody_in(headers: Pairs, peer: str) -> None:
    """A2: whatever the headers say; a Unix socket has no address, and is never trusted."""
    assert who(headers, peer) == "ask the cookie"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([*BOSS, ("Remote-User", "mallory")], id="two users"),
        pytest.param([*BOSS, ("Remote-User", "boss")], id="the same user twice"),
        pytest.param([*BOSS, ("REMOTE_USER", "mallory")], id="two users, one with an underscore"),
        pytest.param([*BOSS, ("Remote-Email", "mallory@example.com")], id="two addresses"),
        pytest.param(with_user("boss,mallory"), id="a list"),
        pytest.param(with_user(","), id="a comma"),
        pytest.param(with_user(""), id="empty"),
        pytest.param(with_user(" "), id="a space"),
        pytest.param(with_user("bo\tss"), id="a tab"),
        pytest.param(with_user("bo\x00ss"), id="a zero"),
        pytest.param(with_user("bo\x7fss"), id="delete"),
        pytest.param(with_user("boss\x1f"), id="a separator at its end"),
        pytest.param(with_user("bo\u202ess".encode().decode("latin-1")), id="turned around"),
        pytest.param(with_user("bo\xffss"), id="not UTF-8"),
        pytest.param(with_user("b" * 256), id="too long"),
        pytest.param([BOSS[0], ("Remote-Email", "")], id="an empty address"),
        pytest.param([BOSS[0], ("Remote-Email", "a@b.example,c@d.example")], id="addresses"),
        pytest.param([("Remote-User", ""), ("Remote-Email", "a@b.example")], id="no name"),
    ],
)
def test_what_is_not_clear_signs_nobody_in(
    headers: Pairs, caplog: pytest.LogCaptureFixture
) -> None:
    """A2: a cookie does not either; the log has the proxy and the header, and no value."""
    assert who(headers) == "nobody"
    (record,) = caplog.records
    said = record.getMessage()
    assert record.levelno == logging.WARNING
    assert said.startswith(f"proxy headers that can't be believed: peer={PROXY} header=Remote-")
    assert not any(text.strip() and text in said for _, text in headers)


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        pytest.param([], "ask the cookie", id="none"),
        pytest.param(BOSS[1:], "ask the cookie", id="no user"),
        pytest.param(BOSS[:1], "boss - member", id="a user alone"),
        pytest.param([("Remote-User", "A@B.example")], "A@B.example a@b.example member", id="mail"),
        pytest.param(BOSS[:2], "boss boss@example.com member", id="no groups"),
        pytest.param([("rEMOTE-uSER", "boss")], "boss - member", id="mixed case"),
        pytest.param(
            [BOSS[0], ("Remote-Email", "no address")], "boss - member", id="not an address"
        ),
        pytest.param(
            with_user("山田".encode().decode("latin-1")), "山田 boss@example.com admin", id="UTF-8"
        ),
    ],
)
def test_a_user_is_known_by_their_name(headers: Pairs, seen: str) -> None:
    """A2: the user value is the mail address where it is one and no other is told."""
    assert who(headers) == seen


@pytest.mark.parametrize(
    ("groups", "admins", "separator", "role"),
    [
        ("ops", "ops", ",", "admin"),
        (" staff ,\tops ", "mail-admins , ops", ",", "admin"),
        ("OPS", "ops", ",", "member"),
        ("ops2,my ops", "ops", ",", "member"),
        ("", "ops", ",", "member"),
        (",,", ",,", ",", "member"),
        ("ops", "", ",", "member"),
        ("staff|ops", "ops", ",", "member"),
        ("staff|ops", "ops", "|", "admin"),
        ("cn=a,dc=b|cn=ops,dc=b", "cn=ops,dc=b", "|", "admin"),
        ("ops\x00", "ops", ",", "member"),
        ("ops,\xff", "ops", ",", "member"),
    ],
)
def test_only_a_whole_name_of_an_admin_group_makes_an_admin(
    groups: str, admins: str, separator: str, role: Role
) -> None:
    """A2: white space around it does not count, and its case does."""
    config = Config(
        data_dir=Path(),
        trusted_proxies=CONFIG.trusted_proxies,
        proxy_user_header="Remote-User",
        proxy_groups_header="Remote-Groups",
        proxy_groups_separator=separator,
        proxy_admin_groups=admins,
    )
    headers = [BOSS[0], ("Remote-Groups", groups)]
    assert who(headers, config=config) == f"boss - {role}"


def test_a_header_that_is_not_named_says_nothing() -> None:
    """A2: without the name of a header for groups there are no admins by it."""
    config = Config(
        data_dir=Path(),
        trusted_proxies=CONFIG.trusted_proxies,
        proxy_user_header="X-User",
        proxy_admin_groups="ops",
    )
    assert who(BOSS, config=config) == "ask the cookie"
    assert who([*BOSS, ("X-User", "mallory")], config=config) == "mallory - member"


def test_of_each_peer_it_is_said_once_a_minute() -> None:
    """A2: and nobody can fill the log, or the memory, from many addresses."""
    now = [0.0]
    rarely = Rarely(lambda: now[0])
    assert [rarely.due("a"), rarely.due("a"), rarely.due("b")] == [True, False, True]
    now[0] += PAUSE - 1
    assert not rarely.due("a")
    now[0] += 1
    assert rarely.due("a")
    assert [rarely.due(str(number)) for number in range(MOST)].count(True) == MOST - 1
