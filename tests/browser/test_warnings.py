"""The warning in its three places, which come and go by themselves."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from smtp_panel.access.users import Role
from tests.browser.conftest import Install, SignIn
from tests.browser.smtp_page import fill_in, fill_in_for, press, save
from tests.browser.tour import Pause
from tests.servers.fixtures import StartScripted, StartSmtpd

MEMBER = "max@example.com"
PLACES = ("admin-menu", "sidebar", "page")
ASKING = "[hx-trigger='every 4s']"  # what learns of a change within 5 s, W2


def expect_warnings(page: Page, count: int) -> None:
    """All three places have so many."""
    for place in PLACES:
        expect(page.locator(f"[data-warning={place}]")).to_have_count(count)


def test_warnings_come_and_go_with_the_checks_of_what_is_saved(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """W1, W2, W4, V1: without a reload, and the way from the buttons to the warning."""
    page, server = sign_in(install()), smtpd("starttls")
    expect_warnings(page, 1)
    expect(page.locator("#warning-page")).to_contain_text("No mail service is set up")
    fill_in_for(page, server)
    page.evaluate("window.sameDocument = true")
    save(page)
    expect_warnings(page, 0)

    fill_in(page, password="wrong")
    save(page, "problem")
    expect_warnings(page, 1)
    expect(page.get_by_role("status")).to_have_text("Mail is not leaving this installation")
    warning = page.locator("[data-warning=page]")
    expect(warning).to_contain_text("The server refused the user name or the password.")
    expect(warning).to_contain_text("seen on test")
    page.locator("#saved-status").get_by_role("link").click()
    expect(warning).to_be_in_viewport()
    warning.get_by_text("Steps of the last check").click()
    expect(warning.locator("[data-check=auth]")).to_contain_text("535 5.7.8")
    warning.get_by_role("link", name="Go to the field").click()
    expect(page.get_by_label("Password")).to_be_in_viewport()

    fill_in(page, password="correct horse")
    save(page)
    expect_warnings(page, 0)
    assert page.evaluate("window.sameDocument")


def test_warnings_stand_on_every_page_of_admins_and_on_none_of_members(
    install: Install, sign_in: SignIn
) -> None:
    """W1: at the first load, on pages that are not about mail too."""
    panel = install()
    panel.add_user(MEMBER, Role.MEMBER)
    page = sign_in(panel, path="/admin/audit")
    expect(page.locator("[data-warning=admin-menu]")).to_be_visible()
    expect(page.locator("[data-warning=sidebar]")).to_be_visible()
    page.goto("/")
    expect(page.locator("[data-warning=admin-menu]")).to_have_text("Mail has a problem")
    page = sign_in(panel, MEMBER, path="/")
    expect(page.locator("[data-warning]")).to_have_count(0)


def test_a_page_that_is_open_learns_of_a_check_that_another_admin_started(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """W2: within 5 s of its end, on every page, and what stands in the form stays."""
    panel, server = install(), smtpd("starttls")
    panel.add_user(MEMBER, Role.ADMIN)
    page, other = sign_in(panel), sign_in(panel, MEMBER)
    audit, home = page.context.new_page(), page.context.new_page()
    audit.goto("/admin/audit")
    home.goto("/")
    expect_warnings(page, 1)
    for each in (page, audit, home):
        expect(each.locator(ASKING).first).to_be_attached()
    expect(audit.locator("[data-warning]")).to_have_count(2)
    expect(home.locator("[data-warning]")).to_have_count(1)
    fill_in(page, server="typed.example")
    fill_in_for(other, server)
    save(other)
    expect_warnings(page, 0)
    for elsewhere in (audit, home):
        expect(elsewhere.locator("[data-warning]")).to_have_count(0)
        expect(elsewhere.get_by_role("status")).to_contain_text("ready to take mail")
    expect(page.locator("#smtp-status [data-state=healthy]")).to_be_visible()
    expect(page.get_by_label("Mail server")).to_have_value("typed.example")


def test_while_a_check_is_running_the_page_says_so(
    install: Install, sign_in: SignIn, scripted: StartScripted
) -> None:
    """V1, W2: and a check that began before the page was loaded ends on it as well."""
    pause = Pause()
    page, server = sign_in(install()), scripted([pause])
    fill_in_for(page, server)
    press(page, "Save")
    checking = page.locator("#smtp-status [data-state=checking]")
    expect(checking).to_have_text("Checking…")
    page.reload()
    expect(checking).to_have_text("Checking…")
    pause.end.set()
    expect(page.locator("#smtp-status [data-state=problem]")).to_be_visible()
    expect_warnings(page, 1)
    expect(page.locator("#warning-page")).to_contain_text("Mail is not leaving this installation")
