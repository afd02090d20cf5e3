"""The warning in the navigation of another application behind the same proxy."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Install, Visit
from tests.browser.installation import ADMIN, PASSWORD
from tests.deployed import PROXY, nginx_with
from tests.servers.ports import HOST, free_ports

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
POLICY = "default-src 'self'"  # of the other application, which allows nothing inline
# One way is enough for an application; this one has both. Below /mail the proxy signs people in.
SITE = """
server {{
    listen {host}:{port};
    location /reports/ {{
        add_header Content-Security-Policy "{policy}";
        types {{ text/html html; text/css css; text/javascript js; }}
        root {folder};
        ssi on;
    }}
    location / {{
        proxy_pass {panel};
        proxy_set_header Host $host:$server_port;
        proxy_set_header X-Forwarded-Host $host:$server_port;
        proxy_set_header Remote-User "";
        proxy_set_header Remote-Groups "";
    }}
    location /mail/ {{
        proxy_pass {panel}/;
        proxy_set_header Host $host:$server_port;
        proxy_set_header X-Forwarded-Host $host:$server_port;
        proxy_set_header X-Forwarded-Prefix /mail;
        proxy_set_header Remote-User boss;
        proxy_set_header Remote-Groups ops;
    }}
}}
"""
PAGE = """<!doctype html>
<html lang="en">
<title>Reports</title>
<link rel="stylesheet" href="/reports/site.css">
<script src="/reports/htmx.js" defer></script>
<nav id="included">Reports <!--# include virtual="/embed/warning" --></nav>
<nav id="by-proxy">Reports <!--# include virtual="/mail/embed/warning" --></nav>
<nav id="loaded" hx-get="/embed/warning" hx-trigger="load, every 1s"></nav>
"""
STYLE = "nav { background: rgb(20, 30, 40); color: rgb(250, 200, 150) } a { color: inherit }"


@pytest.fixture
def site(install: Install, tmp_path: Path) -> Iterator[str]:
    """Another application at the host of a panel where no mail service is set up yet."""
    if NGINX is None:
        pytest.fail("nginx is not installed: apt-get install nginx", pytrace=False)
    panel = install(
        trusted_proxies=PROXY,
        proxy_user_header="Remote-User",
        proxy_groups_header="Remote-Groups",
        proxy_admin_groups="ops",
    )
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "site.css").write_text(STYLE)
    (script,) = (ROOT / "static" / "vendor").glob("htmx-*.min.js")
    shutil.copy(script, folder / "htmx.js")
    (port,) = free_ports(1)
    server = SITE.format(host=HOST, port=port, policy=POLICY, folder=tmp_path, panel=panel.url)
    with nginx_with(NGINX, tmp_path, server, port):
        yield f"http://{HOST}:{port}"


def sign_in(page: Page) -> None:
    """Sign in to the panel, as in another tab."""
    form = page.request.get("/login").text()
    (token, *_) = re.findall(r'name="csrf_token" value="([^"]+)"', form)
    typed = {"csrf_token": token, "email": ADMIN, "password": PASSWORD}
    assert page.request.post("/login", form=typed).url.endswith("/")


def test_another_application_shows_the_warning_by_include_and_by_htmx(
    site: str, visit: Visit
) -> None:
    """A3: to admins, in the colours of its page, under a policy that allows nothing inline."""
    page = visit(base_url=site)
    sign_in(page)
    page.goto("/reports/")
    for place in ("#included", "#loaded"):
        warning = page.locator(f"{place} [data-warning=embed]")
        expect(warning).to_have_text("No mail service is set up")
        expect(warning.locator("svg")).to_have_css("stroke", "rgb(250, 200, 150)")
    page.locator("#included").get_by_role("link").click()
    page.wait_for_url(f"{site}/admin/smtp")
    expect(page.locator("[data-warning=page]")).to_be_visible()

    page.goto("/reports/")
    expect(page.locator("#loaded [data-warning]")).to_be_visible()
    page.context.clear_cookies()
    expect(page.locator("#loaded [data-warning]")).to_have_count(0)
    page.reload()
    expect(page.locator("#included")).to_have_text("Reports")


def test_an_include_below_a_path_is_told_who_asks_by_the_proxy(site: str, visit: Visit) -> None:
    """A2, A3: the cookies of the page around it are none of the panel's there."""
    page = visit(base_url=site)
    page.goto("/reports/")
    link = page.locator("#by-proxy").get_by_role("link")
    expect(link).to_have_attribute("href", "/mail/admin/smtp")
    expect(page.locator("#included")).to_have_text("Reports")
    link.click()
    expect(page.locator("[data-warning=page]")).to_be_visible()
