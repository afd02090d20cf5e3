"""OAuth 2.0, what is advanced, and the addresses to allow."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import PHONE, Install, SignIn
from tests.browser.smtp_page import (
    FROM,
    error,
    expect_focus_by_swap,
    fill_in,
    press,
    save,
    send_test,
    top_of,
)
from tests.browser.test_accessibility import WIDER
from tests.browser.watch import Watch
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartSmtpd

FIELDS = ("Client ID", "Client secret", "Token endpoint", "Scopes")


def unfold(page: Page, words: str) -> None:
    """Open what is folded away behind these words."""
    page.locator("summary", has_text=words).click()


def test_oauth_reveals_its_fields_in_place_of_the_password(
    install: Install, sign_in: SignIn
) -> None:
    """F8: and the list in which it is chosen stays where it is, on a phone as well."""
    page = sign_in(install(), viewport=PHONE)
    unfold(page, "How TLS starts, and authentication")
    for field in FIELDS:
        expect(page.get_by_label(field)).to_be_hidden()
    authentication = page.get_by_label("Authentication")
    authentication.scroll_into_view_if_needed()
    before = top_of(page, "#auth")
    authentication.select_option("OAuth 2.0")
    assert abs(top_of(page, "#auth") - before) < 2
    for field in FIELDS:
        expect(page.get_by_label(field)).to_be_visible()
    expect(page.get_by_label("Password")).to_be_hidden()
    expect(page.get_by_label("User name")).to_have_accessible_description(
        "The address of the mailbox to sign in to"
    )
    authentication.select_option("PLAIN")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_label("Client ID")).to_be_hidden()


def test_wrong_values_of_oauth_lose_nothing_that_was_typed(
    install: Install, sign_in: SignIn, watch: Watch
) -> None:
    """V2, F4: the client secret stays in the page, and is never sent back to it."""
    page = sign_in(install())
    watch.expect(422)
    fill_in(page, server="127.0.0.1", port="1", sender=FROM)
    unfold(page, "How TLS starts, and authentication")
    page.get_by_label("Authentication").select_option("OAuth 2.0")
    page.get_by_label("Client secret").fill("s3cret")
    page.get_by_label("Token endpoint").fill("id.example/token")
    press(page, "Save")
    expect_focus_by_swap(page.get_by_label("User name"))
    expect(page.get_by_label("Client secret")).to_have_value("s3cret")
    press(page, "Use https://id.example/token")
    expect(error(page, "token_endpoint")).to_have_count(0)
    press(page, "Use no-reply@example.com")
    page.get_by_label("Client ID").fill("panel")
    save(page, "problem")
    expect(page.get_by_label("Client secret")).to_have_value("")
    expect(page.get_by_label("Client secret")).to_have_attribute(
        "placeholder", "saved; type to replace"
    )
    page.get_by_label("Token endpoint").fill("https://evil.example/token")
    press(page, "Save")
    expect(error(page, "client_secret")).to_contain_text("Enter the client secret again")
    expect_focus_by_swap(page.get_by_label("Client secret"))
    page.reload()
    page.get_by_label("Remove the saved secret").check()
    save(page, "problem")
    expect(page.get_by_label("Remove the saved secret")).to_have_count(0)


def test_who_is_trusted_is_shown_and_can_be_taken_back(
    install: Install, sign_in: SignIn, watch: Watch, ca: CertificateAuthority
) -> None:
    """F12: with TLS only, without horizontal scrolling, in either language and theme."""
    panel = install()
    page = sign_in(panel)
    watch.expect(422)
    fill_in(page, server="127.0.0.1", port="1", sender=FROM)
    unfold(page, "Advanced")
    unfold(page, "Pin a certificate")
    page.get_by_label("Pinned certificate").fill("AB:CD")
    press(page, "Save")
    expect_focus_by_swap(page.get_by_label("Pinned certificate"))
    chain = ca.expired.pem.decode()
    expired = chain[chain.index("-----BEGIN CERTIFICATE") :]
    page.get_by_label("Pinned certificate").fill(expired + ca.pem)
    press(page, "Save")
    expect(error(page, "pinned")).to_contain_text("Keep the one that the server itself shows")
    page.get_by_label("Pinned certificate").fill(expired)
    page.get_by_label("Certificate authority").fill(ca.pem)
    save(page, "problem")
    page.reload()
    expect(page.get_by_text("Only this very certificate is accepted")).to_be_visible()
    expect(page.get_by_text("This certificate has ended.")).to_be_visible()
    assert not axe(page)
    phone = sign_in(panel, viewport=PHONE, locale="ja-JP", color_scheme="dark")
    assert not axe(phone)
    assert not phone.evaluate(WIDER)
    page.get_by_label("TLS / SSL").uncheck()
    expect(page.get_by_label("Certificate authority")).to_be_hidden()
    page.get_by_label("TLS / SSL").check()
    unfold(page, "Replace or remove it")
    page.get_by_label("Pinned certificate").fill("")
    save(page, "problem")
    expect(page.get_by_text("Only this very certificate is accepted")).to_have_count(0)


def test_the_addresses_to_allow_are_copied(install: Install, sign_in: SignIn) -> None:
    """F11"""
    page = sign_in(install(egress_ips="203.0.113.7, 2001:db8::7"))
    unfold(page, "Addresses to allow at your mail server")
    expect(page.get_by_text("Set by SMTP_PANEL_EGRESS_IPS")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "203.0.113.7\n2001:db8::7"
    assert not axe(page)


def test_it_works_without_javascript(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd, ca: CertificateAuthority
) -> None:
    """F8, F12: choices reveal and fold by the style sheet alone."""
    server = smtpd("starttls")
    page = sign_in(install(), java_script_enabled=False)
    unfold(page, "How TLS starts, and authentication")
    page.get_by_label("Authentication").select_option("OAuth 2.0")
    expect(page.get_by_label("Token endpoint")).to_be_visible()
    page.get_by_label("Authentication").select_option("PLAIN")
    expect(page.get_by_label("Token endpoint")).to_be_hidden()
    fill_in(page, server=server.host, port=str(server.port), sender=FROM)
    fill_in(page, username="ada@test.example", password="correct horse")
    unfold(page, "Advanced")
    page.get_by_label("Reply-To").fill("help@test.example")
    page.get_by_label("Certificate authority").fill(ca.pem)
    send_test(page, "passed")
    assert server.messages.to("ada@example.com").message["Reply-To"] == "help@test.example"
