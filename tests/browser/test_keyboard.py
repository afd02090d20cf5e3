"""The panel by the keyboard alone, with a focus that is always seen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Install, SignIn
from tests.browser.smtp_page import fill_in_for, result, send_test
from tests.servers.fixtures import StartSmtpd

MOST = 40  # presses of Tab, more than there are controls
# The element in focus, or for a radio button the card that it is on, has an outline.
IS_SEEN = """() => {
  const focused = document.activeElement;
  const style = getComputedStyle(focused.closest(".choice") ?? focused);
  const { width, height } = focused.getBoundingClientRect();
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && width * height > 0;
}"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus, which is seen on each control on the way."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate(IS_SEEN), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_the_page_is_used_by_the_keyboard_alone(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """T9, N1: skip link, menu, choices, fields, buttons, and what is folded away."""
    server = smtpd("starttls")
    panel = install(sandbox="on")
    page = sign_in(panel, path="/")
    tab_to(page, page.get_by_role("link", name="Skip to the content"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    page.reload()
    menu = page.locator("#admin-menu summary")
    tab_to(page, menu)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Platform")).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Platform"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{panel.url}/admin/smtp")
    page.wait_for_load_state()  # with its scripts

    tab_to(page, page.get_by_label("Use default mail settings"))
    page.keyboard.press("ArrowDown")
    for label, text in {"Mail server": server.host, "Port": str(server.port)}.items():
        type_into(page, page.get_by_label(label), text)
    tab_to(page, page.get_by_label("TLS / SSL"))
    page.keyboard.press("Space")
    expect(page.get_by_label("TLS version")).to_be_hidden()
    page.keyboard.press("Space")
    type_into(page, page.get_by_label("From"), "no-reply@example.com")
    type_into(page, page.get_by_label("User name"), "ada@test.example")
    type_into(page, page.get_by_label("Password"), "correct horse")
    tab_to(page, page.get_by_role("button", name="Send test email"))
    page.keyboard.press("Enter")
    shown = result(page, "passed")
    expect(page.get_by_role("button", name="Send test email")).to_be_focused()
    tab_to(page, shown.locator("[data-step=tls] summary"))
    page.keyboard.press("Space")
    expect(shown.locator("[data-step=tls]").get_by_text("Cipher")).to_be_visible()
    tab_to(page, shown.get_by_role("button", name="Save these settings"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Saved.")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()


def test_a_repair_leads_to_the_button_that_sends_the_test(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """T6, T9: the button of the repair goes with the result that it replaces."""
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server)
    page.locator("#more summary").click()
    page.get_by_label("How TLS starts").select_option("implicit")
    repair = send_test(page, "failed").locator("[data-repair]")
    repair.focus()
    page.keyboard.press("Enter")
    result(page, "passed")
    expect(page.get_by_role("button", name="Send test email")).to_be_focused()


def test_asking_about_senders_keeps_the_focus_and_is_told(
    install: Install, sign_in: SignIn
) -> None:
    """T9: that the server is asked, and that it has answered."""
    page = sign_in(install(sandbox="on"), path="/admin/senders")
    button = page.get_by_role("button", name="Ask the mail server")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-sender][data-state=taken]")).to_be_visible()
    expect(button).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("The mail server has answered.")


def type_into(page: Page, field: Locator, text: str) -> None:
    """Go there by Tab, which selects what stands there, and type over it."""
    tab_to(page, field)
    page.keyboard.type(text)


def test_enter_in_a_field_saves(install: Install, sign_in: SignIn, smtpd: StartSmtpd) -> None:
    """Though other buttons stand before Save."""
    page, server = sign_in(install()), smtpd("none", auth=())
    page.get_by_label("TLS / SSL").uncheck()
    for label, text in {"Mail server": server.host, "Port": str(server.port)}.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("From").fill("no-reply@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Saved.")
    expect(page.locator("#smtp-status")).to_contain_text("Healthy")
