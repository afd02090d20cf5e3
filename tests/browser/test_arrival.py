"""A message that arrives: told by its link, and shown on the page while it is watched."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import PHONE, WIDE, Install, SignIn, Visit
from tests.browser.smtp_page import fill_in, fill_in_for, press, result, send_test
from tests.browser.test_accessibility import WIDER
from tests.browser.watch import Watch
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import SubmissionServer

TOPS = """() => ["#test", "#test-result .ladder", "#transcript", "#history"].map(
  (each) => document.querySelector(each).getBoundingClientRect().top)"""
SAID = """() => {
  window.said = [];
  const live = document.getElementById("announcer");
  new MutationObserver(() => said.push(live.textContent)).observe(live, { childList: true });
}"""


def link_in(server: SubmissionServer) -> str:
    """The link in the last message, as a mail program with HTML offers it."""
    *_, last = server.messages
    html = last.message.get_body(("html",))
    assert html
    return str(re.findall(r'href="(\S+/arrived/\S+)"', html.get_content())[0])


def expect_fit(page: Page) -> None:
    """axe finds nothing, light and dark, and the page is no wider than its window."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert not axe(page)
    page.emulate_media(color_scheme="dark")
    assert not axe(page)
    assert not page.evaluate(WIDER)


def latest(page: Page) -> Locator:
    """The newest test of the history."""
    return page.locator("#history [data-test]").first


@pytest.mark.parametrize(
    "eyes",
    [{"locale": "en-GB", "viewport": WIDE}, {"locale": "ja-JP", "viewport": PHONE}],
    ids=["English, wide", "Japanese, narrow"],
)
def test_a_message_arrives_while_its_test_is_watched(
    install: Install, sign_in: SignIn, visit: Visit, smtpd: StartSmtpd, eyes: dict[str, Any]
) -> None:
    """T5, T9: without a reload or a jump, said once, and what was unfolded stays so."""
    server = smtpd("starttls")
    page = sign_in(install(), **eyes)
    page.fill("#server", server.host)
    page.fill("#port", str(server.port))
    page.fill("#sender", "Panel <no-reply@example.com>")
    page.fill("#username", "ada@test.example")
    page.fill("#password", "correct horse")
    page.click("#test")
    shown = result(page, "passed")
    expect(latest(page)).to_have_attribute("data-test", "accepted")
    page.click("#transcript summary")
    page.click("[data-step=ehlo] summary")
    page.evaluate("window.sameDocument = true")
    page.evaluate(SAID)
    before = page.evaluate(TOPS)

    reader = visit(**eyes)
    reader.goto(link_in(server))
    expect_fit(reader)
    assert not reader.context.cookies()
    expect(page.locator("#verdict")).to_have_attribute("data-arrived", re.compile("T"))
    expect(latest(page)).to_have_attribute("data-test", "arrived")
    expect(page.locator("#announcer")).to_contain_text("UTC")
    assert page.evaluate(TOPS) == before
    assert page.evaluate("said.length") == 1
    assert page.evaluate("sameDocument")
    for unfolded in ("#transcript", "[data-step=ehlo] details"):
        expect(page.locator(unfolded)).to_have_attribute("open", "")
    expect(shown).to_have_attribute("data-state", "passed")
    expect(shown.locator("[hx-get]")).to_have_count(0)
    expect_fit(page)


def test_without_javascript_a_reload_shows_the_arrival(
    install: Install, sign_in: SignIn, visit: Visit, smtpd: StartSmtpd, watch: Watch
) -> None:
    """T2, T5: and a link that is not valid is told as such."""
    page, server = sign_in(install(), java_script_enabled=False), smtpd("starttls")
    fill_in_for(page, server)
    press(page, "Send test email")
    shown = result(page, "passed")
    expect(shown).to_contain_text("That is not arrival yet: open the message and press its link.")
    watch.expect(404)
    reader = visit(viewport=PHONE)
    reader.goto(f"{link_in(server)}x")
    expect(reader.get_by_role("heading")).to_have_text("This link does not work")
    expect_fit(reader)
    reader.goto(link_in(server))
    expect(reader.get_by_role("heading")).to_have_text("Thank you")
    page.reload()
    expect(shown).to_contain_text("Arrived. The link in the message was opened on")
    expect(latest(page)).to_contain_text("Arrived")


def test_failures_unfold_their_cause_in_the_history(install: Install, sign_in: SignIn) -> None:
    """T5, T9: it stays unfolded when the next test is listed."""
    page = sign_in(install(), viewport=PHONE)
    fill_in(page, server="127.0.0.1", port="1", sender="ada@example.com")
    send_test(page, "failed")
    cause = latest(page).locator("p")
    expect(cause).to_be_hidden()
    latest(page).locator("summary").click()
    expect(cause).to_be_visible()
    send_test(page, "failed")
    expect(page.locator("#history [data-test]")).to_have_count(2)
    expect(page.locator("#history [data-test] p").nth(1)).to_be_visible()
    expect_fit(page)
