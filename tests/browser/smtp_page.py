"""The SMTP page as its user handles it: by labels, buttons, and what is seen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.servers.scripted import ScriptedServer
from tests.servers.smtpd import SubmissionServer

PATH = "/admin/smtp"
LABELS = {
    "server": "Mail server",
    "port": "Port",
    "sender": "From",
    "username": "User name",
    "password": "Password",
}
FROM = "Example <no-reply@example.com>"
USERNAME, SECRET = "ada@test.example", "correct horse"  # of the test servers
STAGES = ["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]


def fill_in(page: Page, **values: str) -> None:
    """Type into fields, by their names."""
    for name, text in values.items():
        page.get_by_label(LABELS[name]).fill(text)


def fill_in_for(page: Page, there: SubmissionServer | ScriptedServer, /, **others: str) -> None:
    """Type all that is needed to send by a test server, but for `others`."""
    usual = {"server": there.host, "port": str(there.port), "sender": FROM}
    fill_in(page, **usual | {"username": USERNAME, "password": SECRET} | others)


def press(page: Page, button: str) -> None:
    """Press the only button of this name, once the scripts of its page have run."""
    found = page.get_by_role("button", name=button, exact=True)
    found.wait_for()
    page.wait_for_load_state()
    found.click()


def result(page: Page, state: str) -> Locator:
    """The result of the last test, once it is in `state`."""
    found = page.locator("#test-result")
    expect(found).to_have_attribute("data-state", state)
    return found


def send_test(page: Page, state: str) -> Locator:
    """Press Send test email, and wait for the result of that very test."""
    before = page.locator("#test-result").get_attribute("data-run") or ""
    press(page, "Send test email")
    expect(page.locator("#test-result[data-run]")).not_to_have_attribute("data-run", before)
    return result(page, state)


def save(page: Page, health: str = "healthy") -> None:
    """Press Save, and wait for the end of the check that follows."""
    page.locator("#main").evaluate("(main) => main.dataset.before = ''")
    press(page, "Save")
    expect(page.locator("#main[data-before]")).to_have_count(0)
    expect(page.locator("#form-alert")).to_have_text("Saved.")
    expect(page.locator(f"#smtp-status [data-state={health}]")).to_be_visible()


def error(page: Page, name: str) -> Locator:
    """What stands beside a field that is wrong."""
    return page.locator(f"#{name}-error")


def expect_focus_by_swap(element: Locator) -> None:
    """Expect that a swap led to `element`, and without an autofocus, which comes too late then."""
    expect(element).to_be_focused()
    expect(element).not_to_have_attribute("autofocus", "")


def top_of(page: Page, selector: str) -> float:
    """Where an element stands in the window, in pixels."""
    box = page.locator(selector).bounding_box()
    assert box
    return box["y"]
