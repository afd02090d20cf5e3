"""The page of deliverability in a browser: a look that takes its time, awaited without a reload."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy.orm import Session

from smtp_panel.deliverability import seen
from smtp_panel.deliverability.finding import CheckKind, State
from smtp_panel.storage import utcnow, writing
from tests.browser.conftest import Install, SignIn
from tests.browser.mail import database
from tests.browser.smtp_page import press
from tests.deliverability.examples import finding
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
    with writing(Session(database(panel))) as session:
        claimed = seen.claim(session, DOMAIN, utcnow())
        assert claimed
    press(page, "Look again")
    expect(page.locator("#deliverability-badge")).to_have_text("Looking…")
    with writing(Session(database(panel))) as session:
        known, now = [finding(CheckKind.DMARC, State.GOOD)], utcnow()
        seen.note(session, DOMAIN, claimed, known, version=0, by="", now=now)
    expect(dmarc).to_have_attribute("data-state", "good")
    expect(page.locator("#announcer")).to_have_text("All is right.")
    assert page.evaluate("window.stays")
