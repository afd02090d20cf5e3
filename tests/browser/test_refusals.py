"""What is not done, and that nothing typed is lost by it."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

from playwright.sync_api import expect

from smtp_panel.access.users import Role
from tests.browser.conftest import Install, SignIn
from tests.browser.installation import ADMIN, PASSWORD
from tests.browser.smtp_page import (
    FROM,
    SECRET,
    fill_in,
    fill_in_for,
    press,
    save,
    send_test,
    top_of,
)
from tests.browser.watch import Watch
from tests.servers.fixtures import StartSmtpd

EVE = "eve@example.com"
FOREIGN = [(502, "Bad Gateway"), (403, "<html>Forbidden"), (200, "<!DOCTYPE html>Welcome to Wi-Fi")]
NOBODY_THERE = {"server": "127.0.0.1", "port": "1", "sender": FROM}


def test_the_seventh_test_within_a_minute_says_when_to_try_again(
    install: Install, sign_in: SignIn, watch: Watch
) -> None:
    """L1, L2: under the buttons, and what was typed stays."""
    page = sign_in(install())
    fill_in(page, **NOBODY_THERE, password=SECRET)
    for _ in range(6):
        send_test(page, "failed")
    watch.expect(429)
    press(page, "Send test email")
    message = page.get_by_role("alert").get_by_text("Too many attempts.")
    expect(message).to_contain_text("Try again in")
    assert top_of(page, "#test-result") > top_of(page, "#test")
    expect(page.locator("#test-result")).to_contain_text("Nothing was sent.")
    expect(page.get_by_label("From")).to_have_value(FROM)
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    save(page, "problem")


def test_the_second_of_two_admins_is_told_what_the_first_has_changed(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd
) -> None:
    """V3: by whom, and nothing typed is lost."""
    panel, server = install(), smtpd("starttls")
    panel.add_user(EVE, Role.ADMIN)
    ada, eve = sign_in(panel), sign_in(panel, EVE)
    fill_in_for(eve, server, sender="eve@example.com")
    save(eve)
    watch.expect(409)
    fill_in_for(ada, server, sender="ada@example.com")
    press(ada, "Save")
    message = ada.get_by_role("alert")
    expect(message).to_contain_text(f"{EVE} saved these settings while you were editing")
    expect(message.get_by_role("definition").filter(has_text=EVE)).to_be_visible()
    assert SECRET not in ada.content()
    expect(ada.get_by_label("From")).to_have_value("ada@example.com")
    expect(ada.get_by_label("Password")).to_have_value(SECRET)
    save(ada)
    eve.reload()
    expect(eve.get_by_label("From")).to_have_value("ada@example.com")


def test_a_session_that_ends_while_typing_loses_nothing(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd
) -> None:
    """V2, A1: sign in again in another tab, and go on in this one."""
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server)
    page.context.clear_cookies()
    watch.expect(401, 400)
    for button in ("Send test email", "Save"):
        press(page, button)
        expect(page.get_by_role("alert")).to_contain_text("What you typed is still here")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in, in a new tab").click()
    tab = opened.value
    tab.get_by_label("Email").fill(ADMIN)
    tab.get_by_label("Password").fill(PASSWORD)
    press(tab, "Sign in")
    expect(tab.get_by_role("heading", name="SMTP")).to_be_visible()
    tab.close()
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("Press the button once more")
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    save(page)


def test_a_key_that_is_gone_is_told_in_words_and_loses_nothing(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd, tmp_path: Path
) -> None:
    """V6, V2: what the panel can't do now it says, and keeps what was typed."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fernet.key").write_text("no key")
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server)
    watch.expect(503)
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("the secret can't be encrypted")
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    send_test(page, "passed")


def test_an_answer_that_is_not_the_panels_loses_nothing(
    install: Install, sign_in: SignIn, watch: Watch
) -> None:
    """V2: whatever a proxy or a captive portal answers to either button."""
    panel = install()
    page = sign_in(panel)
    page.route("**/admin/smtp/status?*", lambda route: route.fulfill(status=204))  # it polls
    fill_in(page, **NOBODY_THERE, password=SECRET)
    watch.expect(502, 403)
    alert = page.get_by_role("alert")
    with panel.replaced(cycle(FOREIGN)):
        for _ in FOREIGN:
            for button in ("Save", "Send test email"):
                page.locator("#form-alert").evaluate("(all) => all.replaceChildren()")
                press(page, button)
                expect(alert).to_contain_text("The panel gave no proper answer")
    expect(page.get_by_label("Password")).to_have_value(SECRET)


def test_asking_about_senders_too_often_says_so(
    install: Install, sign_in: SignIn, watch: Watch
) -> None:
    """L2: under the button, as of a save or a test."""
    watch.expect(429)
    page = sign_in(install(sandbox="on", test_limit="1 per minute"), path="/admin/senders")
    press(page, "Ask the mail server")
    expect(page.locator("[data-sender][data-state=taken]")).to_be_visible()
    press(page, "Ask the mail server")
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts.")


def test_a_panel_that_can_not_be_reached_loses_nothing(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd
) -> None:
    """V2: the page says so, stays as it is, and works again when the panel is back."""
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server)
    with watch.offline(page.context):
        for button in ("Save", "Send test email"):
            press(page, button)
            expect(page.get_by_role("alert")).to_contain_text("The panel gave no proper answer")
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    send_test(page, "passed")
    expect(page.get_by_role("alert")).to_have_count(0)
    save(page)
