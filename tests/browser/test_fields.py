"""The form: what it reveals, what it refuses and how, and what it never loses."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from smtp_panel.net.tls import TLSVersion, supported_versions
from tests.browser.axe import axe
from tests.browser.conftest import Install, SignIn
from tests.browser.smtp_page import (
    FROM,
    LABELS,
    SECRET,
    error,
    expect_focus_by_swap,
    fill_in,
    fill_in_for,
    press,
    save,
    send_test,
)
from tests.browser.watch import Watch
from tests.servers.fixtures import StartSmtpd

ANYTHING = re.compile("^")
MANAGERS = ("data-1p-ignore", "data-lpignore", "data-bwignore", "data-form-type")


def test_the_custom_service_reveals_its_fields_and_tls_its_versions(
    install: Install, sign_in: SignIn
) -> None:
    """S1, S3, F6, F13, P2: each control has a name of its own, and a provider its wishes."""
    page = sign_in(install(sandbox="on"))
    page.get_by_label("Use custom mail settings").check()
    for label in LABELS.values():
        expect(page.get_by_label(label)).to_be_visible()
    for button in ("Save", "Send test email"):
        expect(page.get_by_role("button", name=button)).to_have_count(1)
    versions = page.get_by_label("TLS version")
    expect(versions).to_have_value("1.2")
    expect(versions.locator("option:checked")).to_have_text("TLS 1.2 (recommended)")
    offered = [option.get_attribute("value") for option in versions.locator("option").all()]
    assert offered == [TLSVersion.AUTO, *supported_versions()]
    page.get_by_label("TLS / SSL").uncheck()
    expect(versions).to_be_hidden()
    for field in ("User name", "Password"):
        for attribute in MANAGERS:
            expect(page.get_by_label(field)).to_have_attribute(attribute, ANYTHING)
    expect(page.get_by_label("Password")).to_have_attribute("autocomplete", "new-password")

    provider = page.locator("[data-provider]")
    fill_in(page, server="smtp.gmail.com")
    expect(provider).to_contain_text("create an app password")
    fill_in(page, server="smtp.example.com")
    expect(provider).to_have_count(0)
    page.get_by_label("Use default mail settings").check()
    expect(page.get_by_label("Mail server")).to_be_hidden()
    page.get_by_label("Use custom mail settings").check()
    expect(page.get_by_label("Mail server")).to_have_value("smtp.example.com")


def test_nothing_corrects_what_is_typed(install: Install, sign_in: SignIn) -> None:
    """F1, F2: a phone makes no capital of the first letter, and no word of a host name."""
    page = sign_in(install())
    typed = page.locator("#smtp-form :is(input:not([type=hidden]), textarea)")
    assert typed.evaluate_all("all => all.filter((it) => it.spellcheck).length") == 0
    hints = set(typed.evaluate_all("all => all.map((it) => it.autocapitalize)"))
    assert hints == {"none"}


def test_errors_stand_beside_their_fields_and_lose_nothing(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd
) -> None:
    """V2, F1, F2, F5: in page order, focus on the first, the corrected value one click away."""
    page, server = sign_in(install()), smtpd("starttls")
    watch.expect(422)
    fill_in_for(page, server, server="https://127.0.0.1/", port="0587", sender="O'Brien <o@b.test>")
    page.get_by_text("How TLS starts, and authentication").click()
    press(page, "Save")
    expect_focus_by_swap(page.get_by_label("Mail server"))
    expect(page.get_by_role("status")).to_have_text("3 fields need a change.")
    wrong = page.locator("[aria-invalid]")
    assert wrong.evaluate_all("all => all.map((each) => each.id)") == ["server", "port", "sender"]
    expect(error(page, "sender")).to_contain_text("Remove “'”")
    expect(page.get_by_label("Password")).to_have_value(SECRET)
    expect(page.locator("#more")).to_have_attribute("open", "")

    press(page, "Use 127.0.0.1")
    expect(page.get_by_label("Mail server")).to_have_value("127.0.0.1")
    expect(page.get_by_label("Mail server")).to_be_focused()
    expect(error(page, "server")).to_have_count(0)
    fill_in(page, port=str(server.port))
    expect(error(page, "port")).to_have_count(0)
    press(page, "Use OBrien <o@b.test>")
    save(page)
    expect(page.get_by_label("Password")).to_have_value("")


def test_an_error_of_a_test_stands_beside_its_field_too(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd
) -> None:
    """V2: and goes once a test finds nothing wrong."""
    page, server = sign_in(install()), smtpd("starttls")
    watch.expect(422)
    fill_in_for(page, server, server="")
    press(page, "Send test email")
    expect(error(page, "server")).to_be_visible()
    expect_focus_by_swap(page.get_by_label("Mail server"))
    page.evaluate("document.getElementById('server').value = '127.0.0.1'")
    send_test(page, "passed")
    expect(page.locator("[aria-invalid], .wrong")).to_have_count(0)


def test_the_password_is_asked_for_again_wherever_it_would_go_elsewhere(
    install: Install, sign_in: SignIn, watch: Watch, smtpd: StartSmtpd
) -> None:
    """F4, F9: and taken away by an explicit act alone."""
    page, server = sign_in(install()), smtpd("starttls")
    watch.expect(422)
    fill_in_for(page, server)
    save(page)
    password = page.get_by_label("Password")
    expect(password).to_have_attribute("placeholder", "saved; type to replace")
    for change in ({"server": "127.0.0.2"}, {"port": "1"}, {"username": "eve"}):
        fill_in(page, **change)
        refuse_for_the_password(page)
        page.reload()
    page.get_by_label("TLS / SSL").uncheck()
    refuse_for_the_password(page)
    page.get_by_label("TLS / SSL").check()
    page.get_by_label("TLS version").select_option("auto")
    refuse_for_the_password(page)
    assert server.connections == 1

    page.reload()
    page.get_by_label("Remove the saved secret").check()
    fill_in(page, username="")
    save(page, "problem")
    expect(password).not_to_have_attribute("placeholder", ANYTHING)
    expect(page.get_by_label("Remove the saved secret")).to_have_count(0)


def refuse_for_the_password(page: Page) -> None:
    """Press Save: it wants the password first."""
    press(page, "Save")
    expect(error(page, "password")).to_contain_text("Enter the password again")
    expect_focus_by_swap(page.get_by_label("Password"))


def test_what_the_environment_sets_is_shown_and_locked(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """F14."""
    server = smtpd("starttls")
    names = {"username": "ada@test.example", "password": SECRET}
    panel = install(server=server.host, port=str(server.port), tls="1", **names)
    page = sign_in(panel)
    for name in ("server", "port", "username"):
        field = page.get_by_label(LABELS[name])
        expect(field).not_to_be_editable()
        expect(field).to_have_accessible_description(f"Set by SMTP_PANEL_{name.upper()}")
    expect(page.get_by_label("Mail server")).to_have_value(server.host)
    expect(page.get_by_label("TLS / SSL")).to_be_disabled()
    expect(page.get_by_label("Password")).to_be_disabled()
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("Remove the saved secret")).to_have_count(0)
    fill_in(page, sender=FROM)
    save(page)
    assert SECRET not in page.content()
    assert not axe(page)


@pytest.mark.parametrize("hosting", ["azure", "gcp"])
def test_port_25_is_warned_of_or_refused_by_the_cloud(
    install: Install, sign_in: SignIn, watch: Watch, hosting: str
) -> None:
    """F10."""
    page = sign_in(install(hosting=hosting))
    fill_in(page, server="127.0.0.1", port="25", sender=FROM)
    if hosting == "gcp":
        watch.expect(422)
        press(page, "Save")
        expect(error(page, "port")).to_contain_text("Google Cloud blocks port 25")
    else:
        save(page, "problem")
        expect(page.locator("[data-notice=port]")).to_contain_text("not recommended")
        expect(page.get_by_label("Port")).not_to_have_attribute("aria-invalid", "true")
