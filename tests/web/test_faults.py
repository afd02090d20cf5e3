"""The catalogue of failures to read inside the panel (SPEC T6, 9)."""

from __future__ import annotations

from itertools import product
from urllib.parse import urlencode

import pytest
from flask_babel import force_locale

from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.specimens import UNCERTAIN, specimens
from smtp_panel.smtp.facts import FaultKind, Stage
from smtp_panel.telling.faults import fault_in_words
from smtp_panel.telling.language import LANGUAGES
from tests.diagnosis.examples import EXAMPLES
from tests.web.conftest import Panel

FAULTS = "/admin/faults"


def test_the_list_leads_to_every_diagnosis(panel: Panel) -> None:
    """D1: those of the catalogue, and the general ones."""
    page = panel.admin().client.get(FAULTS).text
    missing = [name for name in specimens() if f'"{FAULTS}/{name}"' not in page]
    assert missing == []
    assert {entry.id for entry in catalogue().entries} <= specimens().keys()


def test_a_page_says_what_happened_and_what_to_do(panel: Panel) -> None:
    """T6: cause, remedy and field, what waits meanwhile, and a command to see it by."""
    page = panel.admin().client.get(f"{FAULTS}/rcpt-mailbox-full").text
    for words in (
        "<h1>The mailbox of grace@example.net is full</h1>",
        "Send to another address",
        "It concerns only what goes to this recipient",
        "<code>5.2.2</code>",
        "smtp check --server",
    ):
        assert words in page


@pytest.mark.parametrize(
    "about", ["MAILBOX full", "5.2.2", "ｍａｉｌｂｏｘ", "full rcpt-mailbox-full"]
)
def test_the_list_is_searched_by_words_and_codes(panel: Panel, about: str) -> None:
    """T6: whatever their case and order; what is found is unfolded."""
    page = panel.admin().page(FAULTS + "?" + urlencode({"q": about}))
    found = [each["href"] for each in page.one("main").all("a") if FAULTS in each["href"]]
    assert f"{FAULTS}/rcpt-mailbox-full" in found
    assert len(found) < len(specimens()) / 4
    assert page.id("q")["value"] == about
    assert all("open" in each for each in page.one("main").all("details"))


def test_words_that_no_diagnosis_has_are_said_to_be_in_none(panel: Panel) -> None:
    page = panel.admin().client.get(f"{FAULTS}?q=mailbox+xyzzy").text
    assert "No diagnosis has all of these words." in page


def test_a_diagnosis_that_there_is_not_has_no_page(panel: Panel) -> None:
    admin = panel.admin().client
    for name in ("no-such-thing", "general-auth", "general-moon-reply", "general-auth-moon"):
        assert admin.get(f"{FAULTS}/{name}").status_code == 404


def test_whatever_general_diagnosis_is_met_has_a_page(panel: Panel) -> None:
    """D1: also where nobody thought that this could happen at this step."""
    with panel.app.test_request_context():
        for stage, kind in product(Stage, FaultKind):
            assert fault_in_words(f"general-{stage}-{kind}", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_filled(panel: Panel, language: str) -> None:
    """SPEC 11: in both languages, with nothing left out."""
    with panel.app.test_request_context(), force_locale(language):
        for name in specimens():
            told = fault_in_words(name, language)
            assert told
            for text in (told.title, told.remedy, told.happens, told.meanwhile):
                assert text, name
                assert "{" not in text, name
                assert "(empty)" not in text, name
                assert "未入力" not in text, name


def test_what_may_have_been_taken_is_said_to_be_uncertain() -> None:
    """D3, M3: of the examples in the catalogue's tests exactly those."""
    told = {name for name, facts in EXAMPLES if facts.may_have_been_sent}
    assert told - {"quit-closed-python"} == UNCERTAIN
