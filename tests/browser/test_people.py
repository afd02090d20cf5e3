"""People who come in by mail: a colleague who is invited, and who then forgets the password."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Install, SignIn, Visit
from tests.browser.installation import ADMIN
from tests.browser.smtp_page import press
from tests.servers.processes import wait_until

BOB = "bob@example.org"


def read_in_the_sandbox(page: Page, subject: str) -> str:
    """Wait for a mail with this subject, and give the link in its text."""
    mail = page.get_by_role("link", name=subject)

    def has_come() -> bool:
        page.goto("/sandbox")
        return mail.count() == 1

    wait_until(has_come)
    mail.click()
    link = page.get_by_role("region", name="Text").locator("a[href*='/link/']")
    return link.get_attribute("href") or ""


def choose_password(page: Page, link: str, password: str) -> None:
    """Open a one-time link and choose a password there."""
    page.goto(link)
    expect(page.get_by_text(f"For {BOB}")).to_be_visible()
    page.get_by_label("Password").fill(password)
    press(page, "Save the password and sign in")


def test_a_colleague_comes_in_by_an_invitation_and_again_by_a_reset(
    install: Install, sign_in: SignIn, visit: Visit
) -> None:
    """A1, M1: from the page of users to the sandbox, by the outbox and its worker."""
    panel = install(sandbox="on")
    admin = sign_in(panel, path="/admin/users")
    admin.get_by_label("Email").fill(BOB)
    admin.get_by_label("Name").fill("Bob")
    press(admin, "Send the invitation")
    expect(admin.get_by_text(f"The mail to {BOB} is on its way.")).to_be_visible()
    bob = visit(base_url=panel.url)
    choose_password(bob, read_in_the_sandbox(admin, f"{ADMIN} invites you"), "a first password")
    expect(bob).to_have_url(f"{panel.url}/")
    expect(bob.get_by_label("Name")).to_have_value("Bob")
    admin.goto("/admin/users")
    expect(admin.locator(f"[data-user='{BOB}']")).to_have_attribute("data-state", "active")

    at_home = visit(base_url=panel.url, java_script_enabled=False)
    at_home.goto("/login")
    at_home.get_by_role("link", name="Forgot your password?").click()
    at_home.get_by_label("Email").fill(BOB)
    press(at_home, "Send the link")
    expect(at_home.get_by_text("If there is an account with this address")).to_be_visible()
    choose_password(at_home, read_in_the_sandbox(admin, "Choose a new password"), "a second one")
    expect(at_home).to_have_url(f"{panel.url}/")
    bob.reload()
    expect(bob.get_by_role("heading")).to_have_text("Sign in")
