"""Finding the settings in a browser (SPEC P1)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.axe import axe, axe_on_looks
from tests.browser.conftest import PHONE, Install, SignIn
from tests.browser.smtp_page import FROM, SECRET, expect_focus_by_swap, fill_in, press
from tests.servers.fixtures import StartDns

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_an_address_fills_the_form_in_or_leads_to_a_second_click(
    install: Install, sign_in: SignIn, name_server: StartDns
) -> None:
    """P1: by Enter and one click; what was typed stays, the password included."""
    server = name_server({("a.example", "MX"): ["10 mail.a.example."]})
    page = sign_in(install(sandbox="on", dns=server.variable))
    line, found = page.get_by_label("Find your settings"), page.locator("#find-result")
    expect(line).to_be_focused()
    page.get_by_label("Use custom mail settings").check()
    fill_in(page, sender=FROM, password=SECRET)
    page.get_by_label("Use default mail settings").check()
    line.fill("ada@gmail.com")
    page.keyboard.press("Enter")
    expect(page.locator("[data-offer]")).to_have_count(2)
    expect(page.locator("#announcer")).to_have_text("Gmail, from the table of providers")
    assert axe(page) == []
    page.locator("[data-offer]").first.get_by_role("button").click()
    expect(page.get_by_label("Use custom mail settings")).to_be_checked()
    expect(page.get_by_label("Mail server")).to_have_value("smtp.gmail.com")
    expect(page.get_by_label("Port")).to_have_value("465")
    expect(page.get_by_label("TLS / SSL")).to_be_checked()
    expect(page.get_by_label("User name")).to_have_value("ada@gmail.com")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    expect(page.get_by_label("From", exact=True)).to_have_value(FROM)
    expect(page.locator("#provider [data-provider=gmail]")).to_be_visible()

    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    line.fill("ada@a.example")
    press(page, "Look up")
    expect(found).to_contain_text("Neither the table of providers")
    assert page.evaluate(WIDER) == 0
    assert axe_on_looks(page) == []
    press(page, "Try the usual names")
    expect(found).to_contain_text("no mail server answers")
    expect_focus_by_swap(found)
    assert page.evaluate(WIDER) == 0

    press(page, "Look up")
    server.silent.add("a.example")
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url))
    press(page, "Try the usual names")
    expect(found.locator("[data-try][data-state=running]")).to_have_count(6)
    assert axe_on_looks(page) == []
    line.fill("ada@gmail.com")
    press(page, "Look up")
    expect(page.locator("[data-offer]")).to_have_count(2)
    expect(found.locator("[data-provider=gmail]")).to_have_count(1)
    expect(found).not_to_have_attribute("aria-busy", "true")
    assert not any("/find/" in url and "?" in url for url in polls)
