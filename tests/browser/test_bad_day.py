"""README, A bad day in three steps: what a newcomer sees who lets the sandbox fail (SPEC P3)."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import Install, SignIn
from tests.browser.smtp_page import press, result, send_test
from tests.browser.test_warnings import expect_warnings
from tests.servers.processes import wait_until


def shown(page: Page, selector: str) -> bool:
    """Whether it is there once the page was loaded again."""
    page.reload()
    return page.locator(selector).is_visible()


def test_three_steps_show_a_warning_a_resting_outbox_and_how_it_drains(
    install: Install, sign_in: SignIn
) -> None:
    """P3, W1, W2, T6, M5: all of it by clicks, from a first start on."""
    page = sign_in(install(sandbox="on"))
    sidebar = page.get_by_role("navigation", name="Admin")

    sidebar.get_by_role("link", name="Sandbox").click()
    press(page, "Wrong password")
    expect_warnings(page, 1)
    expect(page.locator("#warning-page")).to_contain_text("refused the user name or the password")
    diagnosis = send_test(page, "failed").locator("[data-diagnosis]")
    expect(diagnosis).to_have_attribute("data-stage", "auth")
    expect(diagnosis.get_by_role("button", name="End the failure and test again")).to_be_visible()
    assert axe(page) == []

    sidebar.get_by_role("link", name="Mail", exact=True).click()
    page.get_by_role("link", name="Invitation").click()
    press(page, "Send me this one")
    sidebar.get_by_role("link", name="Outbox").click()
    expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
    wait_until(lambda: shown(page, "[data-pause=failing]"))
    expect(page.locator("[data-message][data-state=waiting]")).to_have_count(1)

    press(page, "End it now")
    expect(page.locator("[data-banner]")).to_have_count(0)
    assert page.url.endswith("/admin/outbox")
    wait_until(lambda: shown(page, "[data-message][data-state=sent]"))
    expect(page.locator("[data-warning]")).to_have_count(0)
    sidebar.get_by_role("link", name="Sandbox").click()
    expect(page.get_by_role("cell", name="invites you")).to_be_visible()


def test_one_click_ends_the_failure_and_tests_again(install: Install, sign_in: SignIn) -> None:
    """P3, T6: without a reload, and nothing is saved by it."""
    page = sign_in(install(sandbox="on"), path="/sandbox")
    press(page, "Wrong password")
    send_test(page, "failed")
    press(page, "End the failure and test again")
    result(page, "passed")
    expect(page.locator("[data-banner]")).to_have_count(0)
    expect(page.get_by_role("button", name="Send test email")).to_be_focused()
    expect(page.locator("#form-alert")).to_be_empty()
