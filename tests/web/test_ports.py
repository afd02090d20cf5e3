"""Two panels at two ports of one host, whose cookies a browser sends to both (SPEC A1)."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from smtp_panel.config import Config
from tests.web.conftest import ADMIN, PASSWORD, MakePanel, Panel
from tests.web.html import parse

FIRST, SECOND = "http://localhost:8000", "http://localhost:8001"


class Browser(Client):
    """A browser before two panels, of which the port says which is meant."""

    def token(self, url: str) -> str:
        """The token in the form of a page."""
        page = parse(self.get("/login", base_url=url).text)
        return page.one("input", name="csrf_token")["value"]

    def sign_in(self, url: str, token: str) -> int:
        """Send the form of signing in, and tell the status."""
        form = {"email": ADMIN, "password": PASSWORD, "csrf_token": token}
        return self.post("/login", base_url=url, data=form).status_code

    def status(self, url: str) -> int:
        """How the SMTP page answers."""
        return self.get("/admin/smtp", base_url=url).status_code


@pytest.fixture
def browser(make_panel: MakePanel, config: Config) -> Browser:
    """Somebody before the two."""
    first = make_panel()
    second = make_panel(data_dir=config.data_dir / "other")
    second.add_users()
    panels = {"localhost:8000": first.app, "localhost:8001": second.app}
    return Browser(lambda environ, start: panels[environ["HTTP_HOST"]](environ, start))


def test_signing_in_to_one_signs_nobody_out_of_the_other(browser: Browser) -> None:
    """A1: each has a session of its own, and ends its own."""
    for url in (FIRST, SECOND):
        assert browser.sign_in(url, browser.token(url)) == 303
    assert (browser.status(FIRST), browser.status(SECOND)) == (200, 200)
    page = parse(browser.get("/", base_url=SECOND).text)
    token = page.all("input", name="csrf_token")[0]["value"]
    browser.post("/logout", base_url=SECOND, data={"csrf_token": token})
    assert (browser.status(FIRST), browser.status(SECOND)) == (200, 303)


def test_a_form_of_one_is_still_taken_after_a_page_of_the_other(browser: Browser) -> None:
    """The token is of the session."""
    token = browser.token(FIRST)
    browser.token(SECOND)
    assert browser.sign_in(FIRST, token) == 303


def test_whoever_was_signed_in_before_an_upgrade_stays_so(panel: Panel) -> None:
    """A1: older versions called the cookie the same at every port; it is renamed as it is used."""
    visitor = panel.admin()
    assert visitor.client.get_cookie("smtp_panel")
    assert visitor.get("/admin/smtp", base_url=FIRST).status_code == 200
    assert visitor.client.get_cookie("smtp_panel_8000")
    visitor.client.set_cookie("smtp_panel", "signed by the panel at the other port")
    assert visitor.get("/admin/smtp", base_url=FIRST).status_code == 200
