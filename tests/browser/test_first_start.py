"""The first minutes of a newcomer, and what a first load costs."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from smtp_panel.access.users import Role
from tests.browser.conftest import Install, SignIn, Visit
from tests.browser.installation import ADMIN, PASSWORD
from tests.browser.smtp_page import STAGES, press, send_test
from tests.browser.watch import Watch

MEMBER = "max@example.com"


def test_the_first_start_leads_from_its_link_to_a_mail_that_can_be_read(
    install: Install, visit: Visit
) -> None:
    """A1, S4, T1, T2, T4: without an account anywhere."""
    panel = install(admin=False, sandbox="on")
    page = visit()
    page.goto(panel.link)
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Make the account and sign in")
    expect(page).to_have_url(f"{panel.url}/admin/smtp")
    expect(page.get_by_label("Use default mail settings")).to_be_checked()
    expect(page.get_by_label("Mail server")).to_be_hidden()
    expect(page.get_by_text(f"to you, {ADMIN}, and nobody else")).to_be_visible()

    shown = send_test(page, "passed")
    expect(shown).to_have_attribute("data-draft", "saved")
    steps = shown.locator("[data-step]")
    assert steps.evaluate_all("all => all.map((each) => each.dataset.step)") == STAGES
    assert set(steps.evaluate_all("all => all.map((each) => each.dataset.state)")) == {"passed"}
    expect(shown.get_by_role("heading")).to_have_text("Accepted by the server.")
    expect(shown).to_contain_text("That is not arrival yet")

    page.get_by_role("link", name="Read it in the sandbox").click()
    expect(page.get_by_role("definition").filter(has_text=ADMIN)).to_be_visible()
    expect(page.get_by_role("region", name="Text")).to_contain_text("This is a test.")
    with page.expect_popup() as opened:
        page.get_by_role("region", name="Text").locator("a[href*='/arrived/']").click()
    expect(opened.value.get_by_role("heading")).to_have_text("Thank you")
    page.get_by_role("cell").get_by_role("link").click()
    page.get_by_text("All headers").click()
    expect(page.locator("#all-headers")).to_contain_text("auto-generated")
    page.goto(f"{panel.url}/admin/smtp")
    expect(page.locator("#history")).to_contain_text("Arrived")
    expect(page.locator("#history")).to_contain_text("Default mail service")


def test_the_admin_menu_leads_by_platform_to_smtp(
    install: Install, sign_in: SignIn, visit: Visit, watch: Watch
) -> None:
    """N1, N2: for admins; a member finds nothing about mail anywhere."""
    panel = install()
    panel.add_user(MEMBER, Role.MEMBER)
    page = sign_in(panel, path="/")
    page.get_by_role("navigation", name="Global").get_by_text("Admin").click()
    page.get_by_role("link", name="Platform").click()
    sidebar = page.get_by_role("navigation", name="Admin")
    expect(sidebar.get_by_role("link", name="SMTP")).to_have_attribute("aria-current", "page")
    expect(page).to_have_url(f"{panel.url}/admin/smtp")

    watch.expect(403)
    page = sign_in(panel, MEMBER, "/")
    expect_nothing_about_mail(page)
    for path in ("/admin/smtp", "/admin/audit", "/sandbox"):
        answer = page.goto(path)
        assert answer
        assert answer.status == 403
        expect_nothing_about_mail(page)


def expect_nothing_about_mail(page: Page) -> None:
    """Neither in words nor in what is hidden; SMTP Panel is the name of the program."""
    text = page.content().replace("SMTP Panel", "")
    assert "SMTP" not in text
    assert "smtp-" not in text
    assert "data-warning" not in text
    assert "#admin-menu" not in text


def test_a_first_load_is_small(install: Install, sign_in: SignIn, visit: Visit) -> None:
    """At most 4 requests and 45 kB over the wire."""
    panel = install(sandbox="on")
    state = sign_in(panel).context.storage_state()
    page = visit(base_url=panel.url, storage_state=state)
    session = page.context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    page.goto("/admin/smtp", wait_until="networkidle")
    assert 3 <= len([size for size in sizes if size]) <= 4
    assert 10_000 < sum(sizes) <= 45_000
