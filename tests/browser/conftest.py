"""Chromium, and installations of the panel for it to look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from tests.access.application import add_user
from tests.browser.chromium import launch
from tests.browser.installation import ADMIN, PASSWORD, Installation, installed
from tests.browser.watch import Watch
from tests.conftest import begin_with, close_databases
from tests.servers.certificates import CertificateAuthority

TIMEOUT = 60_000  # milliseconds to wait for what is to be seen
WIDE: ViewportSize = {"width": 1280, "height": 900}
LAPTOP: ViewportSize = {"width": 1024, "height": 768}
PHONE: ViewportSize = {"width": 320, "height": 640}

Install = Callable[..., Installation]
Visit = Callable[..., Page]
SignIn = Callable[..., Page]

expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium where there is one, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the browser complains about, which fails the test."""
    watch = Watch()
    yield watch
    watch.verify()


@pytest.fixture
def visit(browser: Browser, watch: Watch) -> Iterator[Visit]:
    """Opens a page for a visitor of their own: `visit(locale="ja-JP", viewport=...)`."""
    with ExitStack() as stack:

        def new_page(**options: Any) -> Page:
            usual = {"viewport": WIDE, "locale": "en-GB"}
            context: BrowserContext = browser.new_context(**usual | options)
            stack.callback(context.close)
            context.set_default_timeout(TIMEOUT)
            watch.follow(context)
            return context.new_page()

        yield new_page


@pytest.fixture(scope="session")
def with_admin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a panel with an admin, from which others begin."""
    folder = tmp_path_factory.mktemp("admin") / "data"
    add_user(panel_app(Config(data_dir=folder)), ADMIN)
    close_databases()
    return folder


@pytest.fixture
def install(tmp_path: Path, with_admin: Path, ca: CertificateAuthority) -> Iterator[Install]:
    """Runs a panel that trusts the test servers: `install(sandbox="on", test_timeout="2")`.

    It has an admin, unless `admin=False`.
    """
    (tmp_path / "trusted.pem").write_text(ca.pem)
    with ExitStack() as stack:

        def run(*, admin: bool = True, **settings: str) -> Installation:
            variables = {f"SMTP_PANEL_{name.upper()}": text for name, text in settings.items()}
            trust = {"SSL_CERT_FILE": str(tmp_path / "trusted.pem")}
            if admin:
                begin_with(with_admin, Config(data_dir=tmp_path / "data"))
            panel = stack.enter_context(installed(tmp_path, trust | variables))
            stack.callback(_check_log, panel)
            return panel

        yield run


@pytest.fixture
def sign_in(visit: Visit) -> SignIn:
    """Opens a page for a visitor who is signed in; by requests, which is faster than the form."""

    def signed_in(
        panel: Installation, email: str = ADMIN, path: str = "/admin/smtp", **options: Any
    ) -> Page:
        page = visit(base_url=panel.url, **options)
        form = page.request.get("/login").text()
        token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]
        typed = {"csrf_token": token, "email": email, "password": PASSWORD}
        assert page.request.post("/login", form=typed).url == f"{panel.url}/"
        page.goto(path)
        return page

    return signed_in


def _check_log(panel: Installation) -> None:
    assert "Traceback" not in panel.log, panel.log
