"""The page of deliverability in a browser: a look that takes its time, awaited without a reload."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Install, SignIn
from tests.browser.smtp_page import press
from tests.servers.fixtures import StartDns

DOMAIN = "acme.example"


def test_what_a_look_finds_appears_by_itself(
    install: Install, sign_in: SignIn, name_server: StartDns
) -> None:
    """D5, T9: progress is told, in words for screen readers too, and nothing is reloaded."""
    server = name_server({(DOMAIN, "MX"): ["10 mx.acme.example."]})
    panel = install(dns=server.variable, server="127.0.0.1", port="1", sender=f"news@{DOMAIN}")
    page = sign_in(panel, path="/admin/deliverability")
    dmarc = page.locator("[data-finding=dmarc]")
    expect(dmarc).to_have_attribute("data-state", "missing")
    expect(dmarc.locator("[data-record]")).to_contain_text(f"_dmarc.{DOMAIN}")
    page.evaluate("window.stays = true")
    server.silent.add(f"_dmarc.{DOMAIN}")  # so that a look takes until its deadline
    press(page, "Look again")
    expect(page.locator("#deliverability-badge")).to_have_text("Looking…")
    expect(dmarc).to_have_attribute("data-state", "unknown")
    expect(page.locator("#announcer")).to_contain_text("need a change")
    assert page.evaluate("window.stays")
