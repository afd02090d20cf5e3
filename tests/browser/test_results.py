"""Send test email: the ladder, the verdict, the diagnosis and the transcript."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from smtp_panel.access.users import Role
from tests.browser.conftest import Install, SignIn
from tests.browser.smtp_page import (
    FROM,
    SECRET,
    STAGES,
    USERNAME,
    fill_in,
    fill_in_for,
    press,
    result,
    save,
    send_test,
)
from tests.browser.tour import Pause
from tests.browser.watch import Watch
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.postfix import Postfix
from tests.servers.scripted import hang

LOW = {"width": 1280, "height": 700}
ANIMATIONS = "document.getAnimations().length"
HOME = "ada@test.example"  # whose mail comes back from Postfix
# Notes how far apart the places are at which the buttons are painted, in pixels.
NOTE_PLACES = """() => {
  const tops = [];
  const note = () => {
    tops.push(document.getElementById("test").getBoundingClientRect().top);
    window.moved = Math.max(...tops) - Math.min(...tops);
    requestAnimationFrame(note);
  };
  note();
}"""


def test_a_draft_passes_and_is_saved_from_its_result(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """T2, T3, V4: tested without being saved, without a reload."""
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server)
    page.evaluate("window.sameDocument = true")
    note_places(page)
    shown = send_test(page, "passed")
    assert page.evaluate("window.sameDocument")
    assert page.evaluate("moved") == 0
    expect(shown).to_have_attribute("data-draft", "unsaved")
    expect(shown).to_contain_text("with what stands in the form, not saved yet")
    expect(page.get_by_role("status")).to_contain_text("Accepted by the server. That is")
    expect(shown.locator("[data-step=tls]")).to_contain_text("TLS 1.3, certificate by trustme")
    expect(shown.locator("[data-step=data]")).to_contain_text("queued as 4TEST")
    assert not page.locator("#smtp-status [data-state=healthy]").count()

    press(page, "Save these settings")
    expect(page.locator("#form-alert")).to_have_text("Saved.")
    expect(page.locator("#smtp-status [data-state=healthy]")).to_be_visible()
    expect(send_test(page, "passed")).to_have_attribute("data-draft", "saved")
    page.goto("/admin/audit")
    expect(page.get_by_role("row").nth(2)).to_contain_text("Saved after a test that passed.")


@pytest.mark.parametrize("start", ["starttls", "implicit"])
def test_a_draft_passes_on_postfix_and_arrives(
    install: Install, sign_in: SignIn, postfix: Postfix, start: str
) -> None:
    """T1, T3, F7."""
    panel = install()
    panel.add_user(HOME, Role.ADMIN)
    page = sign_in(panel, email=HOME)
    port = postfix.submission if start == "starttls" else postfix.smtps
    fill_in(page, server=postfix.host, port=str(port), sender=f"Panel {start} <{HOME}>")
    fill_in(page, username=postfix.username, password=postfix.password)
    page.get_by_text("How TLS starts, and authentication").click()
    page.get_by_label("How TLS starts").select_option(start)
    shown = send_test(page, "passed")
    steps = shown.locator("[data-step]").evaluate_all("all => all.map((each) => each.dataset.step)")
    assert sorted(steps) == sorted(STAGES)
    assert steps.index("tls") == (4 if start == "starttls" else 2)
    received = postfix.inbox.wait_for(lambda each: start in str(each.message["From"]))
    assert received.recipients == (HOME,)


def test_a_wrong_password_is_diagnosed_in_the_servers_own_words(
    install: Install, sign_in: SignIn, postfix: Postfix
) -> None:
    """T6, T7, F4: the field is marked, the transcript unfolds and is copied, nothing is told."""
    secret = "do not+tell/me"
    panel = install()
    page = sign_in(panel, permissions=["clipboard-read", "clipboard-write"])
    fill_in(page, server=postfix.host, port=str(postfix.submission), sender=FROM)
    fill_in(page, username=postfix.username, password=secret)
    shown = send_test(page, "failed")
    expect(shown.locator("[data-step=auth]")).to_have_attribute("data-state", "failed")
    diagnosis = shown.locator("[data-diagnosis]")
    expect(diagnosis).to_have_attribute("data-stage", "auth")
    expect(diagnosis).to_have_attribute("data-field", "password")
    expect(diagnosis).to_contain_text("The server said: 535 5.7.8")
    expect_mark(page.get_by_label("Password"), diagnosis)
    expect(page.get_by_role("status")).to_have_text("The test message was not sent.")

    transcript = page.get_by_role("region", name="Transcript")
    expect(transcript).to_be_hidden()
    shown.get_by_text("Transcript", exact=True).click()
    expect(transcript).to_contain_text("S: 535 5.7.8")
    press(page, "Copy the transcript")
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == transcript.text_content()
    report = page.get_by_role("region", name="Text to share")
    expect(report).to_be_hidden()
    press(page, "Copy report")
    expect(report).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == report.text_content()
    encoded = base64.b64encode(f"\0{postfix.username}\0{secret}".encode()).decode()
    for written in (secret, quote(secret, safe=""), encoded):
        assert written not in page.content() + panel.log

    fill_in(page, password=postfix.password)
    send_test(page, "passed")
    expect(page.locator("[data-suspect], .see")).to_have_count(0)


def note_places(page: Page) -> None:
    """Start to note in `moved` by how much the two buttons move, once they are in view."""
    page.get_by_role("button", name="Send test email").scroll_into_view_if_needed()
    page.evaluate(NOTE_PLACES)


def expect_mark(field: Locator, diagnosis: Locator) -> None:
    """The field is described by the diagnosis and leads to it, and the other way round."""
    expect(field).to_have_attribute("data-suspect", "")
    cause = diagnosis.get_by_role("heading").text_content() or "-"
    assert cause in (field.evaluate("(all) => all.ariaDescribedByElements[0].textContent"))
    field.page.get_by_role("link", name="See the test result").click()
    expect(diagnosis).to_be_in_viewport()
    diagnosis.locator("a[href^='#']").click()
    expect(field).to_be_in_viewport()


def test_a_server_that_says_nothing_holds_up_nobody(
    install: Install, sign_in: SignIn, scripted: StartScripted
) -> None:
    """T4, T8, T9: the ladder shows where it waits, other pages work, and its end is shown.

    What turns meanwhile stands still for who does not want motion.
    """
    pause = Pause()
    page, server = sign_in(install()), scripted([pause])
    fill_in_for(page, server)
    press(page, "Send test email")
    shown = result(page, "running")
    expect(shown).to_have_attribute("aria-busy", "true")
    expect(shown.get_by_role("heading")).to_have_text("The test is running…")
    expect(page.get_by_role("status")).to_have_text("The test is running…")
    expect(shown.locator("[data-step=banner]")).to_have_attribute("data-state", "running")
    expect(shown.locator("[data-step=connect]")).to_have_attribute("data-state", "passed")
    assert page.evaluate(ANIMATIONS) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(ANIMATIONS) == 0
    with page.context.new_page() as other:
        other.goto("/admin/audit")
        expect(other.get_by_role("heading", name="Audit log")).to_be_visible()
        expect(shown).to_have_attribute("data-state", "running")
    pause.end.set()
    result(page, "failed")
    expect(shown).not_to_have_attribute("aria-busy", "true")
    expect(shown.locator("[data-step=banner]")).to_have_attribute("data-state", "failed")
    expect(shown.locator("[data-diagnosis]")).to_have_attribute("data-stage", "banner")
    server.wait_until_idle()


def test_a_connection_that_is_lost_while_a_test_runs_brings_the_result_later(
    install: Install, sign_in: SignIn, watch: Watch, scripted: StartScripted
) -> None:
    """T4: the page goes on asking."""
    pause = Pause()
    page, server = sign_in(install()), scripted([pause])
    fill_in_for(page, server)
    press(page, "Send test email")
    result(page, "running")
    with watch.offline(page.context):
        page.wait_for_event("requestfailed")
    pause.end.set()
    result(page, "failed")


def test_a_page_that_is_closed_leaves_nothing_behind(
    install: Install, sign_in: SignIn, scripted: StartScripted
) -> None:
    """T8: a test whose page has gone ends as well, and leaves its place."""
    panel = install(test_timeout="1", test_pool="1")
    page, server = sign_in(panel), scripted([hang()])
    fill_in_for(page, server)
    press(page, "Send test email")
    server.wait_for_connections(1)
    page.context.close()
    server.wait_until_idle()
    page = sign_in(panel)
    fill_in_for(page, server)
    send_test(page, "failed")


def test_the_buttons_stay_where_they_are_when_a_warning_comes(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """A test of the saved settings that fails warns above the form."""
    users = {USERNAME: SECRET}
    page, server = sign_in(install(), viewport=LOW), smtpd("starttls", users=users)
    fill_in_for(page, server)
    save(page)
    users.clear()
    note_places(page)
    send_test(page, "failed")
    expect(page.locator("[data-warning=page]")).to_be_attached()
    assert page.evaluate("moved") < 1


def test_one_click_mends_the_settings_and_tests_again(
    install: Install, sign_in: SignIn, smtpd: StartSmtpd
) -> None:
    """T6: the form shows what was changed, the typed password stays, and the test passes."""
    page, server = sign_in(install()), smtpd("starttls")
    fill_in_for(page, server)
    page.locator("#more summary").click()
    page.get_by_label("How TLS starts").select_option("implicit")
    shown = send_test(page, "failed")
    before = shown.get_attribute("data-run") or ""
    press(page, f"Use STARTTLS on port {server.port} and test again")
    expect(page.locator("#test-result")).not_to_have_attribute("data-run", before)
    result(page, "passed")
    expect(page.get_by_label("How TLS starts")).to_have_value("starttls")
    expect(page.get_by_label("Password")).to_have_value(SECRET)
