"""English and Japanese, light and dark."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Install, SignIn, Visit
from tests.browser.installation import ADMIN, PASSWORD
from tests.browser.smtp_page import error, fill_in, fill_in_for, press, save
from tests.browser.watch import Watch
from tests.servers.fixtures import StartSmtpd


def test_the_browser_says_the_language_and_the_switch_changes_it(
    install: Install, visit: Visit
) -> None:
    """Section 11: on every page, before signing in too, and it leads back to the same page.

    What a machine says keeps its type of one width.
    """
    panel = install(sandbox="on")
    page = visit(base_url=panel.url, locale="ja-JP")
    page.goto("/admin/smtp")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.get_by_label("メールアドレス").fill(ADMIN)
    page.get_by_label("パスワード").fill(PASSWORD)
    press(page, "ログイン")
    press(page, "テストメールを送信")
    expect(page.locator("#test-result")).to_have_attribute("data-state", "passed")
    expect(page.get_by_role("status")).to_contain_text("メール")
    type_of = "getComputedStyle(document.querySelector('#transcript-text')).fontFamily"
    assert "monospace" in page.evaluate(type_of)
    press(page, "English")
    expect(page).to_have_url(f"{panel.url}/admin/smtp")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Send test email")).to_be_visible()
    expect(page.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")


def test_the_theme_follows_the_system_until_it_is_switched(
    install: Install, sign_in: SignIn
) -> None:
    page = sign_in(install(), color_scheme="dark")
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(colour)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(colour)
    assert dark != light
    press(page, "Dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(colour) == dark
    press(page, "Automatic")
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")
    assert page.evaluate(colour) == light


def test_other_colours_are_shown_without_a_reload_and_what_is_typed_stays(
    install: Install, sign_in: SignIn
) -> None:
    """V2: nothing typed is lost, and the next page has the colours too."""
    page = sign_in(install())
    fill_in(page, server="mail.test.example", password="typed")
    with page.expect_response("**/theme"):
        press(page, "Dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Automatic")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_label("Mail server")).to_have_value("mail.test.example")
    expect(page.get_by_label("Password")).to_have_value("typed")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def asked_by(page: Page, name: str) -> bool:
    """Whether the browser asks before it leaves by this link or button; it stays where it does."""
    page.wait_for_load_state()  # with its scripts
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.locator(f":is(a, button):text-is('{name}')").first.click()
    return asked.value.type == "beforeunload"


def test_a_form_that_was_changed_is_not_left_without_a_question(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd, watch: Watch
) -> None:
    """V2: by the switch of the language, or by a link; whoever stays has lost nothing."""
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server, port="0587", password="typed")
    assert asked_by(page, "日本語")
    expect(page.get_by_label("Mail server")).to_have_value(server.host)
    expect(page.get_by_label("Password")).to_have_value("typed")
    watch.expect(422)
    press(page, "Save")
    expect(error(page, "port")).to_be_visible()
    assert asked_by(page, "Outbox")
    fill_in_for(page, server)
    save(page)
    page.on("dialog", lambda dialog: dialog.dismiss())  # a question would keep it from going
    press(page, "日本語")
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_a_form_that_was_refused_by_a_page_load_is_not_left_without_a_question(
    install: Install, sign_in: SignIn, watch: Watch
) -> None:
    """V2: what was typed stands there again, and is still not saved."""
    page = sign_in(install())
    page.goto("/admin/schedules/new")
    page.get_by_label("Subject").fill("Sales")
    watch.expect(422)
    press(page, "Save")
    assert asked_by(page, "Outbox")
    expect(page.get_by_label("Subject")).to_have_value("Sales")
