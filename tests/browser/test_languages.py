"""English and Japanese, light and dark."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Install, SignIn, Visit
from tests.browser.installation import ADMIN, PASSWORD
from tests.browser.smtp_page import press


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
