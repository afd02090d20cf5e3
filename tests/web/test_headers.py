"""Response headers, compression, caching, and which proxies are believed (SPEC A2)."""

from __future__ import annotations

import gzip
import ipaddress
from hashlib import sha256

import pytest
from sqlalchemy import select
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from smtp_panel.app import RESOURCES
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db
from smtp_panel.web.security import KEPT
from tests.web.conftest import ADMIN, NOBODY, PASSWORD, MakePanel, Panel
from tests.web.test_access import routes

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
FRAMED = {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'self'", "sandbox"}
FORWARDED = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "panel.example.com",
    "X-Forwarded-Prefix": "/mail",
}


def test_every_answer_has_the_headers_that_keep_it_safe(make_panel: MakePanel) -> None:
    """Pages, redirects, fragments, errors: no inline script, no frame, no guessing of types."""
    panel = make_panel(sandbox=True)
    admin, visitor = panel.admin(), panel.visitor()
    for method, path, endpoint in [*routes(panel.app), ("GET", "/nothing", ""), ("PUT", "/", "")]:
        for someone in (admin, visitor):
            headers = someone.client.open(path, method=method).headers
            policy = set(headers["Content-Security-Policy"].split("; "))
            framed = endpoint == "mail.html"  # a message in a frame of ours, where nothing runs
            assert policy >= POLICY or (framed and policy == FRAMED), path
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == ("SAMEORIGIN" if framed else "DENY")
            on_link = endpoint in {"public.link", "public.redeem_link", "arrived.opened"}
            assert headers["Referrer-Policy"] == ("strict-origin" if on_link else "same-origin")
            if endpoint not in KEPT:
                assert headers["Cache-Control"] == "no-store", path
                assert {"HX-Request", "Cookie"} <= set(headers["Vary"].split(", ")), path


def test_what_is_said_of_a_missing_static_file_is_a_page_like_any_other(panel: Panel) -> None:
    """N2: with the navigation of whoever asked, and so for nobody else to be kept."""
    admin = panel.admin()
    for path, status in (("/static/nothing.css", 404), ("/static/app.css", 416)):
        response = admin.client.get(path, headers={"Range": "bytes=9999999-"})
        assert response.status_code == status
        assert response.headers["Cache-Control"] == "no-store"
        assert "Cookie" in response.headers["Vary"]


@pytest.mark.parametrize("name", ["none.css", "../LICENSE", "..%2fLICENSE", "a" * 1000])
def test_no_file_is_opened_but_those_that_are_served(panel: Panel, name: str) -> None:
    """A stranger would learn which there are, and /dev/zero has no end."""
    license_ = sha256((RESOURCES / "LICENSE").read_bytes()).hexdigest()[:16]
    response = panel.visitor().client.options(f"/static/{name}?v={license_}")
    assert response.status_code == 200
    assert "Cache-Control" not in response.headers


def test_no_page_has_anything_that_the_policy_would_block(panel: Panel) -> None:
    """No inline script or style, nothing from elsewhere."""
    admin = panel.admin()
    panel.tested(admin, **NOBODY)
    for path in ("/", "/admin/smtp", "/admin/audit"):
        for element in admin.page(path):
            assert element.tag != "style"
            assert element.tag != "script" or element["src"].startswith("/static/")
            assert "style" not in element
            assert not any(name.startswith("on") for name in element.attributes)
            assert not any(name.startswith("hx-on") for name in element.attributes)
            assert element["src"][:1] in {"", "/"}
            assert not element["href"].startswith(("http", "//"))


def test_static_files_are_kept_for_a_year_under_an_address_of_their_content(panel: Panel) -> None:
    page = panel.admin().page()
    addresses = [element["src"] for element in page.all("script")]
    addresses += [element["href"] for element in page.all("link", rel="stylesheet")]
    assert len(addresses) == 3
    for address in addresses:
        path, version = address.split("?v=")
        response = panel.visitor().get(address)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers
        assert sha256(response.data).hexdigest().startswith(version)
        for other in (path, f"{path}?v=older"):
            kept = panel.visitor().get(other).headers["Cache-Control"]
            assert kept == "public, max-age=0"


def test_static_files_are_compressed_and_pages_are_not(panel: Panel) -> None:
    """A compressed page would leak its token by its length."""
    asked = {"Accept-Encoding": "gzip, br, zstd, deflate"}
    admin = panel.admin()
    response = admin.client.get("/static/app.css", headers=asked)
    assert response.headers["Content-Encoding"] == "gzip"
    plain = admin.client.get("/static/app.css").data
    assert gzip.decompress(response.data) == plain
    for path in ("/", "/admin/smtp", "/login", "/nothing"):
        assert "Content-Encoding" not in admin.client.get(path, headers=asked).headers


def test_redirects_make_a_form_a_page(panel: Panel) -> None:
    """303, whatever was asked."""
    admin = panel.admin()
    admin.page()
    for response in (
        admin.save(**NOBODY),
        admin.test(**NOBODY),
        admin.post("/profile", name="Ada", language=""),
        admin.post("/language", language="en", next="/"),
        admin.post("/theme", theme="dark", next="/"),
        admin.get("/admin"),
        admin.get("/login"),
        admin.post("/logout"),
    ):
        assert response.status_code == 303


@pytest.mark.parametrize("trusted", [True, False])
def test_the_audit_log_has_the_visitors_address(make_panel: MakePanel, trusted: bool) -> None:
    """V5, A2."""
    networks = (ipaddress.ip_network("127.0.0.0/8"),) if trusted else ()
    panel = make_panel(trusted_proxies=networks)
    visitor = panel.visitor()
    visitor.get("/login")
    fields = {"csrf_token": visitor.token, "email": ADMIN, "password": "wrong"}
    visitor.client.post("/login", data=fields, headers={"X-Forwarded-For": "198.51.100.7"})
    failed = select(AuditEntry).where(AuditEntry.action == AuditAction.LOGIN_FAILED)
    with panel.app.app_context():
        entry = db.session.scalars(failed).one()
        assert entry.address == ("198.51.100.7" if trusted else "127.0.0.1")


def test_under_a_path_prefix_every_link_leads_below_it(make_panel: MakePanel) -> None:
    """A2: the switches of language and theme too."""
    panel = make_panel(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),), sandbox=True)
    admin = panel.admin()
    admin.page()
    below = {"X-Forwarded-Prefix": "/mail"}
    admin._remember(admin.client.get("/admin/smtp", headers=below))
    for element in admin.html:
        for name in ("href", "src", "action", "formaction", "hx-post", "hx-get"):
            if element[name].startswith("/"):
                assert element[name].startswith("/mail/"), (element.tag, element[name])
    assert {each["value"] for each in admin.html.all("input", name="next")} == {"/mail/admin/smtp"}
    sent = admin.html.id("smtp-form").form() | NOBODY | {"tls": ""}
    response = admin.client.post("/admin/smtp/test", data=sent, headers=below)
    assert response.headers["Location"].startswith("/mail/admin/smtp/test/")
    visitor = panel.visitor().client.get("/admin/smtp", headers=below)
    assert visitor.headers["Location"].startswith("/mail/login?next=%2Fmail%2Fadmin%2Fsmtp")


def test_every_cookie_is_for_the_path_of_the_panel_alone(panel: Panel) -> None:
    """A4: and called so that no other application means it; `session` is the host's."""
    visitor, mounted = panel.visitor(), "http://localhost/mail"
    visitor.get("/login", base_url=mounted)
    fields = {"csrf_token": visitor.token, "email": ADMIN, "password": PASSWORD}
    sent = [fields, {"theme": "dark"}, {"language": "ja"}]
    for path, form in zip(("/login", "/theme", "/language"), sent, strict=True):
        answer = visitor.client.post(path, data=form, base_url=mounted)
        assert answer.status_code == 303
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert cookie.startswith("smtp_panel")
            assert "; Path=/mail" in cookie
    for name in ("", "_device", "_theme", "_language"):
        assert visitor.client.get_cookie(f"smtp_panel{name}", path="/mail"), name
    assert visitor.page("/", base_url=mounted).one("html")["lang"] == "ja"


def test_behind_https_the_cookie_is_kept_from_http(make_panel: MakePanel) -> None:
    """A1, A2: only where the proxy is believed."""
    panel = make_panel(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    visitor = panel.visitor()
    secure = visitor.client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in secure.headers["Set-Cookie"]
    plain = panel.visitor().client.get("/login").headers["Set-Cookie"]
    for mark in ("HttpOnly", "SameSite=Lax"):
        assert mark in plain
    assert "Secure" not in plain


@pytest.mark.parametrize(
    "host",
    [
        "xn--a.example",
        "x" * 300,
        'a"<b>:x',
        ".",
        "a..b",
        "xn--",
        "[::1",
        "[1:2]",
        "a:99999",
        "a b",
        "é",
    ],
)
def test_a_host_that_can_not_be_gets_400_without_a_traceback(
    panel: Panel, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A1: whoever asks, and whatever for."""
    for someone in (panel.visitor(), panel.member(), panel.admin()):
        cookie = someone.client.get_cookie("smtp_panel")
        headers = Headers({"Cookie": f"smtp_panel={cookie.value}" if cookie else ""})
        for method, path, _ in [*routes(panel.app), ("GET", "/nothing", "")]:
            environ = EnvironBuilder(path, method=method, headers=headers).get_environ()
            _, status, answered = run_wsgi_app(panel.app, environ | {"HTTP_HOST": host})
            assert status.startswith("400 "), path
            assert "Set-Cookie" not in answered
    assert "Traceback" not in caplog.text


PROXY = (ipaddress.ip_network("127.0.0.0/8"),)
URL = "https://panel.example.com"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("panel.example.com", 200),
        ("panel.example.com:8443", 200),
        ("localhost", 400),
        ("evil.example", 400),
        ("panel.example.com.evil.example", 400),
        ("evil-panel.example.com", 400),
        ("192.0.2.1", 400),
    ],
)
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_a_request_for_another_host_gets_400(
    make_panel: MakePanel, host: str, status: int, header: str
) -> None:
    """A1: where SMTP_PANEL_URL is set; what a trusted proxy says of the host as well."""
    panel = make_panel(url=URL, trusted_proxies=PROXY)
    told = panel.visitor().client.get("/login", headers={header: host})
    assert told.status_code == status
    if status == 400:
        assert "evil" not in told.text
        assert "Open it by the address that SMTP_PANEL_URL names" in told.text
        assert "Set-Cookie" not in told.headers


@pytest.mark.parametrize(
    ("url", "host", "status"),
    [
        ("http://[::1]:8000", "[::1]:8000", 200),
        ("http://[::1]:8000", "[::2]:8000", 400),
        ("http://[::1]:8000", "[0:0::1]", 200),
        ("http://[0:0::1]:8000", "[::1]:8000", 200),
        ("http://[::1]:8000", "localhost:8000", 400),
        ("", "[::1]:8000", 200),
        ("https://panel.example.com:8443", "panel.example.com", 200),
        ("https://panel.example.com", "Panel.Example.com", 200),
    ],
)
def test_a_host_is_the_panels_by_its_name_or_address_whatever_the_port(
    make_panel: MakePanel, url: str, host: str, status: int
) -> None:
    """A1: a proxy may have changed the port, and links are built from SMTP_PANEL_URL anyway."""
    client = make_panel(url=url).visitor().client
    assert client.get("/login", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "prefix",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "evil.example",
        "/mail//evil.example",
        "/mail, //evil.example",
        "/../x",
        "/<b>",
        "/a b",
        "/?x",
        "/a%2F%2Fb",
        "/%2Fevil.example",
        "/%5Cevil.example",
        "/%2e%2e/x",
        "/a/./b",
        "/a;b",
        "/%00",
        "/%0d%0aLocation: x",
        "/%ff",
    ],
)
def test_a_prefix_that_is_no_path_of_this_site_gets_400(make_panel: MakePanel, prefix: str) -> None:
    """A2: nobody is sent to another site by it."""
    client = make_panel(trusted_proxies=PROXY).visitor().client
    for path in ("/", "/login", "/admin/smtp"):
        told = client.get(path, headers={"X-Forwarded-Prefix": prefix})
        assert told.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in told.headers["Content-Security-Policy"]
        assert told.headers["Cache-Control"] == "no-store"
        assert told.status_code == 400
        assert "Location" not in told.headers
    plain = make_panel().visitor().client.get("/", headers={"X-Forwarded-Prefix": prefix})
    assert plain.headers["Location"] == "/login?next=%2F"


@pytest.mark.parametrize(
    ("prefix", "link"),
    [
        ("", "/login"),
        ("/", "/login"),
        ("/mail", "/mail/login"),
        ("/mail/", "/mail/login"),
        ("/a/b_c-d.e~f", "/a/b_c-d.e~f/login"),
        ("/.apps/@mail", "/.apps/@mail/login"),
        ("/%E9%83%B5%E4%BE%BF", "/%E9%83%B5%E4%BE%BF/login"),
    ],
)
def test_a_prefix_that_is_a_path_is_taken(make_panel: MakePanel, prefix: str, link: str) -> None:
    """A2: any path, with every redirect below it."""
    client = make_panel(trusted_proxies=PROXY).visitor().client
    answer = client.get("/", headers={"X-Forwarded-Prefix": prefix})
    assert answer.headers["Location"].partition("?")[0] == link
    assert client.get("/login", headers={"X-Forwarded-Prefix": prefix}).status_code == 200


def test_a_session_outlives_a_change_of_the_signing_key(make_panel: MakePanel) -> None:
    """Section 11: the older key stands behind the newer; without it everybody signs in again."""
    old, new = "o" * 32, "n" * 32
    cookie = make_panel(secret_key=Secret(old)).admin().client.get_cookie("smtp_panel")
    assert cookie
    for keys, status in ((f"{new},{old}", 200), (new, 303)):
        visitor = make_panel(secret_key=Secret(keys)).visitor()
        visitor.client.set_cookie("smtp_panel", cookie.value)
        assert visitor.get("/").status_code == status
