"""The reverse proxies of deploy/, each of which signs people in to the panel (SPEC A2)."""

from __future__ import annotations

import http.client
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
import yaml

from tests.deployed import DEPLOY, PAGE, PASSWORD, Gunicorn, Visitor, gunicorn, until
from tests.proxies import (
    ADMINS,
    Proxy,
    apache,
    caddy,
    credentials,
    nginx,
    nginx_path,
    sign_in_service,
)
from tests.servers.certificates import CertificateAuthority, client_context
from tests.servers.ports import HOST
from tests.servers.processes import folder_of

HEADERS = {
    "SMTP_PANEL_PROXY_USER_HEADER": "Remote-User",
    "SMTP_PANEL_PROXY_EMAIL_HEADER": "Remote-Email",
    "SMTP_PANEL_PROXY_GROUPS_HEADER": "Remote-Groups",
    "SMTP_PANEL_PROXY_ADMIN_GROUPS": ADMINS,
}
FORGED = {
    "Remote-User": "ada",
    "Remote-Email": "ada@example.com",
    "Remote-Groups": ADMINS,
    "Remote_User": "ada",
    "Remote_Email": "ada@example.com",
    "Remote_Groups": ADMINS,
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/elsewhere",
}
EVE = "eve@example.com"  # who has an account and a password here
OTHER_HOST = "elsewhere.example"

Started = AbstractContextManager[Proxy]
Start = Callable[[Path, CertificateAuthority, str, int], Started]


def _nginx(folder: Path, ca: CertificateAuthority, panel: str, service: int) -> Started:
    return nginx(folder, ca.good, panel, service)


@contextmanager
def _nginx_path(
    folder: Path, ca: CertificateAuthority, panel: str, service: int
) -> Iterator[Proxy]:
    with nginx(folder, ca.good, panel, service) as running:
        yield Proxy(f"{running.url}/mail", running.log)


def _apache(folder: Path, ca: CertificateAuthority, panel: str, _service: int) -> Started:
    return apache(folder, ca.good, panel)


def _caddy(folder: Path, ca: CertificateAuthority, panel: str, service: int) -> Started:
    return caddy(folder, ca.good, panel, service)


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """One that believes its neighbours on loopback who is signed in."""
    eve = {"SMTP_PANEL_ADMIN_EMAIL": EVE, "SMTP_PANEL_ADMIN_PASSWORD": PASSWORD}
    variables = {**HEADERS, **eve, "SMTP_PANEL_TRUSTED_PROXIES": HOST}
    with gunicorn(tmp_path_factory.mktemp("gunicorn"), variables) as running:
        yield running


@pytest.fixture(
    scope="module",
    params=[_nginx, _nginx_path, _apache, _caddy],
    ids=["nginx", "nginx below a path", "apache", "caddy"],
)
def site(
    request: pytest.FixtureRequest,
    panel: Gunicorn,
    ca: CertificateAuthority,
) -> Iterator[Proxy]:
    """The panel behind a proxy; but for the first below a path."""
    start: Start = request.param
    with (
        folder_of("proxy") as folder,
        sign_in_service() as service,
        start(folder, ca, panel.url, service) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def key(panel: Gunicorn) -> dict[str, str]:
    """A key that may read."""
    found: dict[str, str] = panel.command(
        "keys", "create", "--name", "Prometheus", "--scope", "read"
    )
    return found


class Person(Visitor):
    """A visitor of `site` whom the proxy knows by `name`, or does not know."""

    def __init__(
        self, site: Proxy, ca: CertificateAuthority, name: str = "", **forged: str
    ) -> None:
        super().__init__(f"{site.url}/", client_context(ca.pem))
        self.site = site
        self.headers = (credentials(name) if name else {}) | forged

    def load(self, path: str, *rest: Any, **named: Any) -> Any:
        """The page at a path of the panel, or where one of its pages leads to."""
        led = path.startswith(("http", f"{self.site.path}/" if self.site.path else "http"))
        where = path if led else f"{self.site.path}{path}"
        return super().load(where, *rest, **{**named, "headers": self.headers})


def test_an_admin_saves_tests_and_follows_the_ladder(site: Proxy, ca: CertificateAuthority) -> None:
    """A2: sign-in by header behind TLS and below a path, page, save, test and polling included."""
    ada = Person(site, ca, "ada")
    ada.load(PAGE)
    page = ada.send(PAGE)
    assert ada.url == f"{site.url}{PAGE}#save"
    page = ada.send(f"{PAGE}/test")
    while page.id("test-result")["data-state"] == "running":
        page = ada.load(ada.url)
    assert page.id("test-result")["data-state"] == "passed"
    assert "ada@example.com" in page.id("test-result").text
    sheet = page.one("link", rel="stylesheet")["href"]
    assert sheet.startswith(f"{site.path}/static/")
    cookies = {cookie.path: cookie.secure for cookie in ada.cookies}
    assert cookies == {site.path or "/": True}


def test_a_member_has_a_page_but_not_this_one(site: Proxy, ca: CertificateAuthority) -> None:
    """N2, A2: without the group nobody is an admin, whatever their request says."""
    bob = Person(site, ca, "bob", **FORGED)
    assert "bob@example.com" in bob.load("/").text
    with pytest.raises(HTTPError, match="403"):
        bob.load(PAGE)


def test_who_has_not_signed_in_gets_no_page(site: Proxy, ca: CertificateAuthority) -> None:
    """A2."""
    with pytest.raises(HTTPError, match="401"):
        Person(site, ca, **FORGED).load(PAGE)


def test_programs_and_probes_come_without_signing_in(
    site: Proxy, key: dict[str, str], ca: CertificateAuthority
) -> None:
    """A2, A5, A7: an API key counts there, and no header does."""
    assert Person(site, ca).load("/healthz").text
    with pytest.raises(HTTPError, match="401"):
        Person(site, ca, **FORGED).load("/metrics")
    program = Person(site, ca)
    program.headers = credentials(key["client_id"], key["client_secret"])
    assert "smtp_panel_check_ok" in program.load("/metrics").text


def test_no_link_is_noted(site: Proxy, panel: Gunicorn, ca: CertificateAuthority) -> None:
    """A1, T5: a one-time link is a secret as long as it is unused."""
    ada = Person(site, ca, "ada")
    with pytest.raises(HTTPError, match=r"404|410"):
        ada.load("/arrived/t0k3n")
    ada.load("/")
    until(
        lambda: f"{site.path}/ " in site.log.read_text() or '/"' in site.log.read_text(),
        panel.process,
    )
    assert "t0k3n" not in site.log.read_text()


def test_another_name_is_answered_by_nobody(site: Proxy, ca: CertificateAuthority) -> None:
    """A1: links and redirects are for the panel's own name alone."""
    where = urlsplit(site.url)
    with closing(
        http.client.HTTPSConnection(where.netloc, context=client_context(ca.pem))
    ) as connection:
        headers = {"Host": OTHER_HOST, **credentials("ada")}
        connection.request("GET", f"{where.path}{PAGE}", headers=headers)
        try:
            response = connection.getresponse()
        except http.client.RemoteDisconnected:
            return
        told = response.read().decode()
        assert OTHER_HOST not in f"{response.headers}{told}"
        assert not told or response.status >= 400


def test_below_a_path_of_another_site_the_form_signs_in(panel: Gunicorn) -> None:
    """A2: nginx-path.conf, for a server block that is there already."""
    with folder_of("proxy") as folder, nginx_path(folder, panel.url) as site:
        visitor = Visitor(f"{site.url}/")
        visitor.load(f"{site.path}{PAGE}", headers=FORGED)
        assert visitor.url.startswith(f"{site.url}/login?")
        form = visitor.page.id("main").one("form")
        assert form["action"] == f"{site.path}/login"
        visitor.load(form["action"], form.form() | {"email": EVE, "password": PASSWORD})
        assert visitor.url == f"{site.url}{PAGE}"


def test_a_name_with_an_underscore_is_no_header_of_a_proxy(panel: Gunicorn) -> None:
    """A2: WSGI has one name for both, so that the server takes such a header away."""
    for name, status in (("Remote-User", 200), ("Remote_User", 303)):
        with closing(http.client.HTTPConnection(urlsplit(panel.url).netloc)) as connection:
            connection.request("GET", "/", headers={name: "ada"})
            assert connection.getresponse().status == status


def test_oauth2_proxy_tells_nginx_what_nginx_tells_the_panel() -> None:
    """A2: neither an identity provider nor oauth2-proxy is here, so its file is read."""
    text, site = (DEPLOY / "oauth2-proxy.cfg").read_text(), (DEPLOY / "nginx.conf").read_text()
    told = tomllib.loads(text)
    assert f"proxy_pass http://{told['http_address']};" in site
    assert (told["reverse_proxy"], told["set_xauthrequest"]) == (True, True)
    assert "groups" in told["scope"].split()
    assert told["redirect_url"].startswith("https://smtp-panel.example.com/oauth2/")
    variables = re.findall(r"^#   (SMTP_PANEL_\w+)=(\S+)$", text, re.MULTILINE)
    assert dict(variables).items() >= HEADERS.items()


def test_traefik_is_told_of_what_is_there() -> None:
    """A2: which can't be run here, so it is read."""
    told = yaml.safe_load((DEPLOY / "traefik.yaml").read_text())["http"]
    for router in told["routers"].values():
        assert router["service"] in told["services"]
        assert set(router["middlewares"]) <= told["middlewares"].keys()
        assert not router["observability"]["accessLogs"]
    removed = told["middlewares"]["smtp-panel-headers"]["headers"]["customRequestHeaders"]
    assert removed.keys() >= {"X-Forwarded-Prefix", *list(HEADERS.values())[:3]}
    assert set(removed.values()) == {""}
    passed = told["middlewares"]["authelia"]["forwardAuth"]["authResponseHeaders"]
    assert passed == list(HEADERS.values())[:3]
