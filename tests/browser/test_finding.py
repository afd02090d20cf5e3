"""Finding the settings in a browser (SPEC P1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe, axe_on_looks
from tests.browser.conftest import PHONE, Install, SignIn
from tests.browser.smtp_page import FROM, SECRET, fill_in, press
from tests.servers.fixtures import StartDns

LINE = "Find your settings"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def page(install: Install, sign_in: SignIn, name_server: StartDns) -> Page:
    """The page of a fresh installation with a sandbox, whose name server is one of the tests."""
    server = name_server({("a.example", "MX"): ["10 mail.a.example."]})
    return sign_in(install(sandbox="on", dns=server.variable))


def test_an_address_fills_the_form_in(page: Page) -> None:
    """P1: by Enter and one click; what was typed stays, the password included."""
    expect(page.get_by_label(LINE)).to_be_focused()
    page.get_by_label("Use custom mail settings").check()
    fill_in(page, sender=FROM, password=SECRET)
    page.get_by_label("Use default mail settings").check()
    page.get_by_label(LINE).fill("ada@gmail.com")
    page.keyboard.press("Enter")
    offers = page.locator("[data-offer]")
    expect(offers).to_have_count(2)
    expect(page.locator("#announcer")).to_have_text("Gmail, from the table of providers")
    assert axe(page) == []
    offers.first.get_by_role("button").click()
    expect(page.get_by_label("Use custom mail settings")).to_be_checked()
    expect(page.get_by_label("Mail server")).to_have_value("smtp.gmail.com")
    expect(page.get_by_label("Port")).to_have_value("465")
    expect(page.get_by_label("TLS / SSL")).to_be_checked()
    expect(page.get_by_label("User name")).to_have_value("ada@gmail.com")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    expect(page.get_by_label("From", exact=True)).to_have_value(FROM)


def test_nothing_found_leads_to_a_second_click(page: Page) -> None:
    """P1: 320 pixels are enough, and the dark."""
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.get_by_label(LINE).fill("ada@a.example")
    press(page, "Look up")
    expect(page.locator("#find-result")).to_contain_text("Neither the table of providers")
    assert page.evaluate(WIDER) == 0
    assert axe_on_looks(page) == []
    press(page, "Try the usual names")
    expect(page.locator("#find-result")).to_contain_text("no mail server answers")
    expect(page.locator("#find-result")).to_be_focused()
