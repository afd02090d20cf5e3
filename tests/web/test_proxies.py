"""The proxies in front of the panel: which are believed, and what they say (SPEC A2)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from smtp_panel.config import Config
from smtp_panel.web.proxies import TrustedProxies

FORWARDED = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "panel.example.com",
    "X-Forwarded-Prefix": "/mail",
}


@Request.application
def show(request: Request) -> Response:
    return Response(f"{request.remote_addr} {request.url}")


def told(peer: str, networks: str, headers: Mapping[str, str], count: int = 1) -> str:
    """The address and URL of a request by `peer`, as the application sees them."""
    trusted = tuple(map(ipaddress.ip_network, networks.split()))
    config = Config(data_dir=Path(), trusted_proxies=trusted, proxy_count=count)
    base = {"REMOTE_ADDR": peer}
    builder = EnvironBuilder("/x", headers=Headers(headers), environ_base=base)
    return Client(TrustedProxies(show, config, {})).open(builder).text


@pytest.mark.parametrize(
    ("peer", "networks", "believed"),
    [
        pytest.param("127.0.0.1", "127.0.0.1/32", True, id="the address itself"),
        pytest.param("10.1.2.3", "192.0.2.1/32 10.0.0.0/8", True, id="one of two networks"),
        pytest.param("::1", "::1/128", True, id="IPv6"),
        pytest.param("::ffff:10.1.2.3", "10.0.0.0/8", True, id="IPv4 on a socket for both"),
        pytest.param("10.1.2.3", "127.0.0.1/32", False, id="another address"),
        pytest.param("11.0.0.1", "10.0.0.0/8", False, id="just outside"),
        pytest.param("::1", "127.0.0.1/32", False, id="the other family"),
        pytest.param("127.0.0.1", "", False, id="nobody is named"),
        pytest.param("", "0.0.0.0/0 ::/0", False, id="no address"),
        pytest.param("unix:", "0.0.0.0/0 ::/0", False, id="no address but a name"),
    ],
)
def test_only_named_proxies_are_believed(peer: str, networks: str, believed: bool) -> None:
    """A2: the peer of the connection counts, not what a header says."""
    if believed:
        seen = "198.51.100.7 https://panel.example.com/mail/x"
    else:
        seen = f"{peer} http://localhost/x"
    assert told(peer, networks, FORWARDED) == seen


@pytest.mark.parametrize(
    "said", ["unknown", "::1%<b>", "x" * 100, "198.51.100.7:1234", "", "1.2.3.4, no"]
)
def test_what_is_no_address_of_a_client_is_not_believed(said: str) -> None:
    """A2: it would be counted, and written into the log, as one."""
    headers = {"X-Forwarded-For": said, "X-Forwarded-Host": "panel.example.com"}
    assert told("10.1.2.3", "10.0.0.0/8", headers) == "10.1.2.3 http://panel.example.com/x"


@pytest.mark.parametrize("scheme", ["ftp", "javascript", "HTTPS", "https,", "https, "])
def test_what_is_no_scheme_is_not_believed(scheme: str) -> None:
    """A2: cookies and links depend on it."""
    headers = {"X-Forwarded-Proto": scheme}
    assert told("10.1.2.3", "10.0.0.0/8", headers) == "10.1.2.3 http://localhost/x"


@pytest.mark.parametrize(
    ("count", "said", "client"),
    [
        (1, "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.1, 198.51.100.7, 198.51.100.8", "198.51.100.7"),
        (2, "198.51.100.7", "127.0.0.1"),
        (3, "198.51.100.7, 198.51.100.8", "127.0.0.1"),
    ],
)
def test_so_many_values_from_the_right_are_those_of_proxies(
    count: int, said: str, client: str
) -> None:
    """A2: what a visitor puts into the header themselves stands further left."""
    headers = {"X-Forwarded-For": said}
    assert told("127.0.0.1", "127.0.0.1", headers, count) == f"{client} http://localhost/x"


def test_the_count_holds_for_each_of_the_headers() -> None:
    """A2: the outermost proxy is the second from the right, whatever the visitor has put before."""
    headers = {
        "X-Forwarded-For": "192.0.2.7, 198.51.100.7, 10.0.0.2",
        "X-Forwarded-Proto": "http, https, http",
        "X-Forwarded-Host": "evil.example, panel.example.com, inside",
        "X-Forwarded-Prefix": "/evil, /mail, ",
    }
    seen = "198.51.100.7 https://panel.example.com/mail/x"
    assert told("127.0.0.1", "127.0.0.1", headers, 2) == seen


def test_a_mount_is_below_the_prefix() -> None:
    """A2, A4: the proxy takes the prefix away before the host application has the path."""
    trusted = Config(data_dir=Path(), trusted_proxies=(ipaddress.ip_network("127.0.0.1"),))
    host = DispatcherMiddleware(show, {"/mail": TrustedProxies(show, trusted, {})})
    for prefix, link in (("/apps", "/apps/mail/x"), ("/", "/mail/x"), ("", "/mail/x")):
        headers = Headers({"X-Forwarded-Prefix": prefix})
        base = {"REMOTE_ADDR": "127.0.0.1"}
        builder = EnvironBuilder("/mail/x", headers=headers, environ_base=base)
        assert Client(host).open(builder).text == f"127.0.0.1 http://localhost{link}"


def test_a_proxy_that_nobody_has_named_is_told_of_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A2: the likeliest reason why every visitor seems to come from the proxy."""
    told("127.0.0.1", "", FORWARDED)
    assert "proxy headers from an untrusted address: peer=127.0.0.1" in caplog.text
    assert "198.51.100.7" not in caplog.text


def test_what_a_host_application_has_taken_itself_is_not_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A4: the peer is the visitor then, and the headers are still there."""
    config = Config(data_dir=Path())
    host = ProxyFix(TrustedProxies(show, config, {}))
    builder = EnvironBuilder(headers=Headers(FORWARDED))
    assert Client(host).open(builder).text.startswith("198.51.100.7 https://")
    assert caplog.text == ""
