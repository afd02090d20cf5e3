"""The panel in a browser that runs no scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Install, SignIn, Visit
from tests.browser.installation import ADMIN, PASSWORD
from tests.browser.smtp_page import FROM, SECRET, error, fill_in, fill_in_for, press, result
from tests.browser.tour import Pause
from tests.browser.watch import Watch
from tests.servers.fixtures import StartDns, StartScripted, StartSmtpd


def test_it_saves_and_shows_errors_with_page_loads(
    install: Install, visit: Visit, watch: Watch, smtpd: StartSmtpd
) -> None:
    """T2, V1, V2, S1: the custom fields are revealed, suggestions taken, and the check seen."""
    panel, server = install(sandbox="on"), smtpd("starttls")
    page = visit(base_url=panel.url, java_script_enabled=False)
    page.goto("/admin/smtp")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    expect(page).to_have_url(f"{panel.url}/admin/smtp")
    expect(page.get_by_label("Mail server")).to_be_hidden()
    page.get_by_label("Use custom mail settings").check()
    watch.expect(422)
    fill_in_for(page, server, server="https://127.0.0.1", port=f"0{server.port}")
    press(page, "Save")
    expect(error(page, "server")).to_be_visible()
    expect(page.get_by_label("Mail server")).to_be_focused()
    press(page, "Use 127.0.0.1")
    expect(page.get_by_label("Mail server")).to_have_value("127.0.0.1")
    fill_in(page, port=str(server.port), password=SECRET)
    press(page, "Save")
    expect(page.get_by_role("alert")).to_have_text("Saved.")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    while page.get_by_text("Checking…").count():
        page.reload()
    expect(page.locator("#smtp-status")).to_contain_text("Healthy")
    expect(page.get_by_label("Port")).to_have_value(str(server.port))


def test_it_tests_with_page_loads_and_follows_a_running_test(
    install: Install, sign_in: SignIn, scripted: StartScripted, smtpd: StartSmtpd
) -> None:
    """T2: the page of a running test loads itself again until there is a result."""
    pause = Pause()
    silent, good = scripted([pause]), smtpd("starttls")
    page = sign_in(install(), java_script_enabled=False)
    fill_in_for(page, silent)
    press(page, "Send test email")
    expect(result(page, "running").locator("#verdict")).to_be_in_viewport()
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)
    page.goto(f"{page.url}#main")  # as by the link that skips to the content
    page.reload()
    pause.end.set()
    result(page, "failed")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
    expect(page.get_by_label("Port")).to_have_value(str(silent.port))
    expect(page.get_by_text("Type it again to save it.")).to_be_visible()

    fill_in_for(page, good)
    press(page, "Send test email")
    shown = result(page, "passed")
    shown.get_by_text("Transcript", exact=True).click()
    expect(page.get_by_role("region", name="Transcript")).to_contain_text("queued as 4TEST")
    expect(page.get_by_role("button", name="Copy the transcript")).to_have_count(0)
    assert SECRET not in page.content()


def test_it_follows_a_search_by_trying(
    install: Install, sign_in: SignIn, name_server: StartDns
) -> None:
    """P1: what was typed stays meanwhile, and the result stands there in the end."""
    server = name_server({("a.example", "MX"): ["10 mail.a.example."]})
    page = sign_in(install(dns=server.variable), java_script_enabled=False)
    fill_in(page, sender=FROM)
    page.get_by_label("Find your settings").fill("ada@a.example")
    press(page, "Look up")
    press(page, "Try the usual names")
    expect(page.locator("#find-result")).to_contain_text("no mail server answers")
    expect(page.get_by_label("From", exact=True)).to_have_value(FROM)
