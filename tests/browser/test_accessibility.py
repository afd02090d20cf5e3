"""No finding of axe on any page and state, light and dark, and no page wider than a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from smtp_panel.storage import writing
from tests.browser.axe import axe, axe_on_looks
from tests.browser.conftest import PHONE, WIDE, Install, SignIn, Visit
from tests.browser.mail import database
from tests.browser.smtp_page import fill_in, press, save
from tests.browser.tour import SETTINGS, STATUSES, Pause, Tour
from tests.browser.watch import Watch
from tests.deliverability.examples import looked
from tests.servers.fixtures import StartScripted, StartSmtpd

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

OWN_COLOURS = """(all) => all.map((each) => [each, each.parentElement].map(
    (one) => getComputedStyle(one).color
)).filter(([own, around]) => own !== around)"""

StartTour = Callable[..., Tour]


@pytest.fixture
def tour(
    install: Install, visit: Visit, watch: Watch, smtpd: StartSmtpd, scripted: StartScripted
) -> Iterator[StartTour]:
    """Starts a walk through an installation of its own."""
    pause = Pause()

    def start(**options: object) -> Tour:
        watch.expect(*STATUSES)
        panel = install(admin=False, **SETTINGS)
        page = visit(reduced_motion="reduce", **options)
        return Tour(page, panel, smtpd("starttls"), scripted([pause]), pause)

    yield start
    pause.end.set()


def test_axe_finds_nothing_on_any_page(tour: StartTour) -> None:
    """T9, and WCAG 2.2 AA: light and wide, dark and narrow."""
    walk = tour()
    findings = []
    for stop in walk:
        walk.page.emulate_media(color_scheme="light")
        walk.page.set_viewport_size(WIDE)
        findings += [f"{stop}, light: {found}" for found in axe(walk.page)]
        walk.page.emulate_media(color_scheme="dark")
        walk.page.set_viewport_size(PHONE)
        findings += [f"{stop}, dark: {found}" for found in axe_on_looks(walk.page)]
        assert not walk.page.evaluate(WIDER), stop
    assert not findings


def test_no_page_in_japanese_is_wider_than_a_phone(tour: StartTour) -> None:
    """320 px without horizontal scrolling."""
    walk = tour(locale="ja-JP", viewport=PHONE)
    wide = [stop for stop in walk if walk.page.evaluate(WIDER)]
    assert not wide


def test_axe_would_find_something(visit: Visit) -> None:
    page = visit()
    page.set_content("<p style='color: #ccc; background: #fff'>Can you read this?</p>")
    assert any(found.startswith("color-contrast") for found in axe(page))


def test_each_button_that_copies_says_what(install: Install, sign_in: SignIn) -> None:
    """T9: to who does not see beside what it stands."""
    panel = install(relay="on")
    page = sign_in(panel)
    fill_in(page, server="127.0.0.1", port="1", sender="ada@acme.example")
    save(page, "problem")
    with writing(Session(database(panel))) as session:
        looked(session)
    page.goto("/admin/deliverability")
    records = names_of(page)
    page.goto("/admin/relay")
    examples = names_of(page)
    page.goto("/admin/keys")
    page.get_by_label("Name").fill("Billing")
    press(page, "Make the key")
    key = names_of(page)
    for names in (records, examples, key):
        assert len(set(names)) == len(names) > 1
    assert key == ["Copy: Client ID", "Copy: Client secret"]


def names_of(page: Page) -> list[str]:
    """The names of the buttons that copy."""
    buttons = page.locator("main [data-copy]")
    buttons.first.wait_for(state="attached")
    return [name.strip() for name in buttons.all_text_contents()]


def test_in_the_colours_of_the_system_each_icon_has_that_of_the_words_beside_it(
    install: Install, sign_in: SignIn
) -> None:
    """T9: whatever colours the visitor has chosen for the panel before."""
    page = sign_in(install(), forced_colors="active", color_scheme="dark")
    press(page, "Light")
    icons = page.locator("main .icon:visible")
    expect(icons).not_to_have_count(0)
    assert icons.evaluate_all(OWN_COLOURS) == []
