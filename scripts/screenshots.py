"""Take the pictures in the README: a test that failed, and why, in light and in dark.

Usage: python -m scripts.screenshots

They show the real panel, on loopback, with a mail server that does not know the password.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

import trustme
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.bench.client import ADMIN, PASSWORD, panel
from tests.browser.chromium import launch
from tests.servers.certificates import Certificate
from tests.servers.smtpd import SubmissionServer, aiosmtpd_server

DOCS = Path(__file__).resolve().parent.parent / "docs"
WINDOW: ViewportSize = {"width": 1280, "height": 900}
# From the fields of the sender down to the diagnosis, and a margin around them.
REGION = """() => {
    const from = document.querySelector("fieldset:has(#sender)").getBoundingClientRect();
    const to = document.querySelector("#diagnosis").getBoundingClientRect();
    const margin = 16;
    return {
        x: from.x - margin,
        y: from.y + scrollY - margin,
        width: from.width + 2 * margin,
        height: to.bottom - from.y + 2 * margin,
    };
}"""

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


def main() -> int:
    """Take both pictures."""
    authority = trustme.CA(organization_name="Example CA")
    in_two_months = datetime.now(UTC) + timedelta(days=62)
    issued = authority.issue_cert("localhost", not_after=in_two_months)
    certificate = Certificate(issued.private_key_and_cert_chain_pem.bytes())
    with NamedTemporaryFile() as trusted:
        authority.cert_pem.write_to_path(trusted.name)
        with (
            aiosmtpd_server("starttls", tls=certificate.context()) as server,
            panel(SSL_CERT_FILE=trusted.name) as site,
            sync_playwright() as playwright,
        ):
            browser = launch(playwright)
            page = browser.new_page(viewport=WINDOW, locale="en-GB")
            fail_a_test(page, site.url, server)
            for theme in THEMES:
                take(page, theme)
            browser.close()
    return 0


def fail_a_test(page: Page, url: str, server: SubmissionServer) -> None:
    """Sign in, and test settings with a password that `server` does not know."""
    page.goto(f"{url}/admin/smtp")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Use custom mail settings").check()
    page.get_by_label("Mail server").fill("localhost")
    page.get_by_label("Port").fill(str(server.port))
    page.get_by_label("From").fill("Example <no-reply@example.com>")
    page.get_by_label("User name").fill("no-reply@example.com")
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Send test email").click()
    expect(page.locator("#test-result")).to_have_attribute("data-state", "failed")


def take(page: Page, theme: Theme) -> None:
    """Write the picture in `theme` to docs/."""
    page.emulate_media(color_scheme=theme)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    path = DOCS / f"smtp-{theme}.png"
    page.screenshot(path=path, clip=page.evaluate(REGION), full_page=True)


if __name__ == "__main__":
    sys.exit(main())
