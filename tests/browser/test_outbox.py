"""The outbox in a browser: what an outage looks like, and its page without scripts."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from smtp_panel.outbox.model import MessageState
from tests.browser.conftest import Install, SignIn
from tests.browser.mail import accept, ended
from tests.browser.smtp_page import fill_in_for, press, save
from tests.browser.test_warnings import expect_warnings
from tests.outbox.conftest import BOB, EVE
from tests.servers.certificates import CertificateAuthority
from tests.servers.processes import wait_until
from tests.servers.smtpd import aiosmtpd_server


def expect_message(page: Page, message: str, state: str) -> None:
    """The outbox page shows a message in `state`, once it was loaded again."""

    def is_shown() -> bool:
        page.reload()
        return page.locator(f"tr[data-message='{message}'][data-state={state}]").count() == 1

    wait_until(is_shown)


def test_an_outage_is_told_pauses_the_queue_and_loses_nothing(
    install: Install, sign_in: SignIn, ca: CertificateAuthority
) -> None:
    """M5, W1, W4: the server is stopped, mail waits; it is started, and the mail arrives."""
    panel = install()
    page = sign_in(panel)
    with aiosmtpd_server("starttls", tls=ca.good.context()) as server:
        fill_in_for(page, server)
        save(page)
        expect_warnings(page, 0)

    messages = [accept(panel, BOB, subject=f"Report {number}") for number in range(3)]

    for place in ("admin-menu", "sidebar", "page"):
        expect(page.locator(f"[data-warning={place}]")).to_be_visible()
    expect(page.locator("#warning-page")).to_contain_text("3 messages wait")
    outbox = page.context.new_page()
    outbox.goto(f"{panel.url}/admin/outbox")
    expect(outbox.locator("[data-pause=failing]")).to_contain_text("no attempt is used up")
    for message in messages:
        expect_message(outbox, message, "waiting")

    with aiosmtpd_server("starttls", tls=ca.good.context(), port=server.port) as server:
        save(page)
        for message in messages:
            expect_message(outbox, message, "sent")
        assert len(server.messages) == 3
    expect_warnings(page, 0)
    expect(outbox.locator("[data-pause]")).to_have_count(0)


def test_an_open_outbox_shows_what_is_done_elsewhere(install: Install, sign_in: SignIn) -> None:
    """W2: an admin pauses sending and cancels a message on another page; a search stays typed."""
    panel = install(worker="off")
    message = accept(panel, BOB, subject="Report")
    page = sign_in(panel, path="/admin/outbox")
    page.get_by_label("Recipient or subject").fill("Rep")
    other = page.context.new_page()
    other.goto(f"{panel.url}/admin/outbox")
    other.get_by_role("button", name="Pause sending").click()
    expect(page.locator("[data-paused=page]")).to_be_visible()
    page.get_by_role("button", name="Resume sending").focus()
    other.goto(f"{panel.url}/admin/outbox/{message}")
    other.get_by_role("button", name="Cancel this message").click()
    expect(page.locator("tr[data-state=cancelled]")).to_be_visible()
    expect(page.get_by_role("button", name="Resume sending")).to_be_focused()
    expect(page.get_by_label("Recipient or subject")).to_have_value("Rep")


def test_the_outbox_is_searched_and_handled_without_scripts(
    install: Install, sign_in: SignIn
) -> None:
    """M6: each act is a form of its own."""
    panel = install(worker="off")
    first = accept(panel, BOB, subject="Report")
    accept(panel, EVE, subject="Invitation")
    ended(panel, MessageState.UNCERTAIN)
    page = sign_in(panel, path="/admin/outbox", java_script_enabled=False)
    expect(page.locator("tr[data-message]")).to_have_count(3)
    press(page, "Count all as sent")
    expect(page.locator("[data-uncertain]")).to_have_count(0)
    page.get_by_text("As a table").click()
    expect(page.locator("#chart-table table")).to_be_visible()

    page.get_by_label("Recipient or subject").fill(BOB)
    page.get_by_label("State").select_option("Waiting")
    press(page, "Search")
    expect(page.locator("tr[data-message]")).to_have_count(1)
    page.get_by_role("link", name="Report").click()
    page.get_by_role("link", name="Read the message").click()
    expect(page.get_by_role("region", name="Text")).to_have_text("The news.")
    page.go_back()
    press(page, "Cancel this message")

    expect(page.locator(f"p[data-message='{first}']")).to_have_attribute("data-state", "cancelled")
