"""What stands where: edges that have to be in line."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Locator, ViewportSize, expect

from smtp_panel.mail import occasions
from smtp_panel.mail.occasions import KINDS, MailKind
from smtp_panel.outbox.model import MessageState
from smtp_panel.telling.language import LANGUAGES
from tests.browser.conftest import LAPTOP, PHONE, WIDE, Install, SignIn, Visit
from tests.browser.mail import accept, ended
from tests.browser.smtp_page import press, send_test
from tests.outbox.conftest import BOB

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TABLET: ViewportSize = {"width": 768, "height": 1024}
GOOGLE = ("gmail", "google-workspace")  # which have one server
PLACES = """(all) => all.map((each) => each.getBoundingClientRect())
    .map(({x, y, width, height}) => [x, y + scrollY, width, height])"""
HIDDEN = """() => document.activeElement.getBoundingClientRect().bottom
    > document.querySelector("#wanted").getBoundingClientRect().top"""
TORN = """(all) => all.flatMap(({firstChild: text}) => {
  const words = [...text.data.matchAll(/\\S+/g)];
  return words.filter((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word);
})"""
LINES = """(all) => all.map((each) => {
  const words = document.createRange();
  words.selectNodeContents(each);
  return new Set([...words.getClientRects()].map(({ top }) => top)).size;
})"""
BEGINNING = """(it) => {
  const words = document.createRange();
  words.selectNodeContents(it);
  return Math.round(words.getBoundingClientRect().left);
}"""
TWO_FRAMES = "new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))"
EDGES = """(all, edge) => all.map((each) => Math.round(each.getBoundingClientRect()[edge]))"""


def edges(found: Locator, edge: str) -> set[int]:
    """Where each of `found` has this edge, in pixels."""
    places: list[int] = found.evaluate_all(EDGES, edge)
    return set(places)


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_what_a_provider_wants_hides_no_field_that_has_the_focus(
    install: Install, sign_in: SignIn, viewport: ViewportSize
) -> None:
    """WCAG 2.2, 2.4.11: also where it stays at the edge of the window."""
    page = sign_in(install(), viewport=viewport)
    page.locator("#server").fill("smtp.gmail.com")
    expect(page.locator("#wanted")).to_be_visible()
    page.locator("#server").focus()
    while not page.locator("#test").evaluate("(it) => it === document.activeElement"):
        page.keyboard.press("Tab")
        assert page.evaluate(HIDDEN) is False


@pytest.mark.parametrize("viewport", [WIDE, LAPTOP, PHONE], ids=["desk", "laptop", "phone"])
@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_what_a_provider_wants_moves_neither_the_fields_nor_the_buttons(
    install: Install, sign_in: SignIn, viewport: ViewportSize, locale: str
) -> None:
    """P2: it stands beside them, or below where there is no room, and there in sight.

    On a phone that is a line, which unfolds.
    """
    page = sign_in(install(), viewport=viewport, locale=locale)
    controls = page.locator(
        "#smtp-form :is(input, select, summary:not(#wanted > *), button):visible"
    )
    before = controls.evaluate_all(PLACES)
    page.locator("#server").fill("smtp.gmail.com")
    line, wanted = page.locator("#wanted > summary"), page.locator("[data-provider=gmail]")
    expect(line).to_be_in_viewport(ratio=1)
    if viewport == PHONE:
        expect(wanted).to_be_hidden()
        line.click()
    expect(wanted).to_be_in_viewport(ratio=1)
    assert controls.evaluate_all(PLACES) == before
    assert not page.evaluate(WIDER)


def test_what_a_provider_wants_stays_folded_or_unfolded_while_the_form_is_filled_in(
    install: Install, sign_in: SignIn
) -> None:
    """P2: though it is asked for anew with the user name, which tells one provider from another."""
    page = sign_in(install(), viewport=PHONE)
    gmail, workspace = (page.locator(f"[data-provider={name}]") for name in GOOGLE)
    page.locator("#server").fill("smtp.gmail.com")
    expect(gmail).to_be_hidden()
    page.locator("#wanted > summary").click()
    page.locator("#username").fill("ada@b.example")
    expect(workspace).to_be_visible()
    page.locator("#wanted > summary").click()
    page.set_viewport_size(LAPTOP)
    page.locator("#username").fill("ada@gmail.com")
    expect(gmail).to_have_count(1)
    expect(gmail).to_be_hidden()


def test_a_tap_on_what_a_provider_wants_is_heeded_though_it_is_asked_for_anew_meanwhile(
    install: Install, sign_in: SignIn
) -> None:
    """P2: with the finger down the field has lost the focus, and the answer may be there first."""
    page = sign_in(install(), viewport=PHONE)
    page.locator("#server").fill("smtp.gmail.com")
    page.locator("#wanted > summary").hover()
    with page.expect_response("**/provider?*") as asked:
        page.mouse.down()
    asked.value.finished()
    page.evaluate(TWO_FRAMES)
    page.mouse.up()
    expect(page.locator("[data-provider=gmail]")).to_be_visible()


def test_whoever_looks_for_one_message_has_the_list_in_sight(
    install: Install, sign_in: SignIn
) -> None:
    """M6: a line tells how much went, and leads to the chart below."""
    panel = install(worker="off")
    ended(panel, MessageState.UNCERTAIN)
    page = sign_in(panel, path="/admin/outbox")
    expect(page.locator("#q")).to_be_in_viewport(ratio=1)
    expect(page.locator("tr[data-message]")).to_be_in_viewport(ratio=1)
    chart = page.locator("#volume")
    page.get_by_role("link", name="Last 24 hours: ").click()
    expect(chart).to_be_in_viewport()
    page.get_by_role("link", name="Last 30 days").click()
    expect(page.get_by_role("link", name="Last 30 days: ")).to_be_attached()
    expect(chart).to_be_in_viewport()


def test_mail_in_the_sandbox_stands_before_the_failures_to_try_out(
    install: Install, sign_in: SignIn
) -> None:
    """S4, P3: a line leads to them."""
    page = sign_in(install(sandbox="on"), path="/sandbox")
    expect(page.get_by_text("No mail yet.")).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Failures to try out").click()
    expect(page.get_by_role("heading", name="Failures to try out")).to_be_in_viewport(ratio=1)


def test_when_a_certificate_ends_is_said_in_one_line(install: Install, sign_in: SignIn) -> None:
    """W6"""
    page = sign_in(install(sandbox="on"))
    expect(page.locator("#smtp-status [data-state=healthy]")).to_be_visible()
    page.reload()
    assert page.locator("#calendar td:last-child").evaluate_all(LINES) == [1]


def test_on_a_phone_what_unfolds_a_step_stands_at_the_edge(
    install: Install, sign_in: SignIn
) -> None:
    """T4: whatever time the step took."""
    page = sign_in(install(sandbox="on"), viewport=PHONE)
    ladder = send_test(page, "passed").locator(".ladder")
    assert edges(ladder.locator(".turn"), "right") == edges(ladder, "right")


def test_each_example_of_the_relay_has_its_button_at_the_same_edge(
    install: Install, sign_in: SignIn
) -> None:
    """M2: however long its lines are."""
    page = sign_in(install(relay="on"), path="/admin/relay")
    for name in ("msmtp, sendmail", "Django", "Nodemailer", "PHPMailer"):
        page.get_by_text(name, exact=True).click()
    assert len(edges(page.get_by_role("button", name="Copy"), "right")) == 1
    page.set_viewport_size(PHONE)
    assert len(edges(page.locator("main pre"), "right")) == 1


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_the_top_bar_is_no_wider_than_a_phone_whose_text_is_twice_as_large(
    install: Install, sign_in: SignIn, locale: str
) -> None:
    """WCAG 2.2, 1.4.4 and 1.4.10: also with its menu unfolded."""
    page = sign_in(install(sandbox="on"), viewport=PHONE, locale=locale)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not page.evaluate(WIDER)
    page.locator("#admin-menu summary").click()
    assert not page.evaluate(WIDER)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_no_mail_is_wider_than_a_phone_however_long_its_links_are(
    app: Flask, visit: Visit, kind: MailKind, language: str
) -> None:
    """M1: as those of an installation with a long name."""
    page = visit(viewport=PHONE)
    with app.app_context():
        text = occasions.sample(kind, language).html or ""
    page.set_content(text.replace("panel.example.com", f"{'a' * 60}.example.com"))
    assert "a" * 60 in page.content()
    assert not page.evaluate(WIDER)


def test_a_banner_begins_level_with_its_icon(install: Install, sign_in: SignIn) -> None:
    """P3: as every other note does."""
    page = sign_in(install(sandbox="on"), path="/sandbox")
    press(page, "Wrong password")
    banner = page.locator("[data-banner]")
    expect(banner).to_be_visible()
    assert edges(banner.locator("p").first, "top") == edges(banner.locator("> div"), "top")


@pytest.mark.parametrize("viewport", [PHONE, TABLET], ids=["phone", "tablet"])
def test_head_page_and_foot_begin_at_one_edge(
    install: Install, sign_in: SignIn, viewport: ViewportSize
) -> None:
    """N1: their words do, whatever place they leave for a finger."""
    page = sign_in(install(), viewport=viewport)
    places = (".brand", ".side li:first-child a", "h1", ".foot form:first-child button")
    assert len({page.locator(place).first.evaluate(BEGINNING) for place in places}) == 1


@pytest.mark.parametrize("path", ["/admin/faults", "/admin/audit", "/admin/outbox"])
def test_a_button_that_searches_stands_as_near_as_what_it_searches_by(
    install: Install, sign_in: SignIn, path: str
) -> None:
    """M6: level with a field beside it, else as far below the last one as fields are apart."""
    panel = install()
    accept(panel, BOB)
    page = sign_in(panel, path=path)
    button = page.get_by_role("search").get_by_role("button", name="Search")
    fields = page.get_by_role("search").locator(".field")
    last = fields.last.locator("input, select")
    if path == "/admin/faults":
        assert edges(button, "bottom") == edges(last, "bottom")
    page.set_viewport_size(PHONE)
    gap = fields.first.evaluate("(it) => parseFloat(getComputedStyle(it).marginBottom)")
    assert edges(button, "top") == {max(edges(fields.last, "bottom")) + gap}


def test_no_word_on_a_button_is_torn_on_a_phone_whose_text_is_twice_as_large(
    install: Install, sign_in: SignIn
) -> None:
    """WCAG 2.2, 1.4.4: in a note too, where there is least room."""
    panel = install()
    ended(panel, MessageState.UNCERTAIN)
    page = sign_in(panel, path="/admin/outbox", viewport=PHONE)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.locator("main button:visible").evaluate_all(TORN) == []
    assert not page.evaluate(WIDER)


def test_each_diagnosis_of_a_list_stands_apart_from_the_next(
    install: Install, sign_in: SignIn
) -> None:
    """D1: where one takes several lines."""
    page = sign_in(install(), path="/admin/faults?q=535")
    found = page.locator("details[open] li")
    tops, bottoms = (sorted(edges(found, edge)) for edge in ("top", "bottom"))
    assert len(tops) > 2
    assert all(top - bottom >= 8 for top, bottom in zip(tops[1:], bottoms, strict=False))
