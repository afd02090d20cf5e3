"""The numbers in the sentences of the pages are those that are in force."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from babel.messages.pofile import read_po

from smtp_panel.access import keys, passwords
from smtp_panel.access.links import LINK_LIFETIME, Purpose
from smtp_panel.app import RESOURCES
from smtp_panel.settings.confirmation import WITHIN
from smtp_panel.status.ending import DAYS_AHEAD
from smtp_panel.web import outbox
from tests.web.conftest import ADMIN, Panel
from tests.web.test_keys import KEYS, make
from tests.web.test_outbox import accept

NUMBERED = re.compile(r"\d+ days, \d+ days and \d+ day|within \d+ minutes")


def test_a_sentence_has_the_number_that_is_in_force(
    mailing: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A1, L4, M6: so that no page says otherwise once one of them is changed."""
    monkeypatch.setattr(passwords, "SHORTEST", 11)
    monkeypatch.setattr(outbox, "SEARCHED", 1234)
    monkeypatch.setattr(keys, "OVERLAP", timedelta(hours=36))
    monkeypatch.setitem(LINK_LIFETIME, Purpose.RESET_PASSWORD, timedelta(hours=2))
    admin, visitor = mailing.admin(), mailing.visitor()
    make(admin)
    accept(mailing)
    assert "At least 11 characters. It signs you out" in admin.page("/").text
    assert "the newest 1,234 messages" in admin.page("/admin/outbox").text
    assert "stays valid for 36 hours" in admin.page(KEYS).text
    visitor.page("/forgot")
    sent = visitor.follow(visitor.post("/forgot", email=ADMIN))
    assert "works once, within 2 hours." in sent.text


def test_a_sentence_that_names_a_number_itself_names_the_one_in_force() -> None:
    """W6, V3: of labels, which are made before anything is filled in, and in Japanese."""
    ahead = sorted(DAYS_AHEAD, reverse=True)
    minutes = WITHIN // timedelta(minutes=1)
    wanted = {
        "{} days, {} days and {} day".format(*ahead): ahead,
        f"within {minutes} minutes": [minutes],
    }
    with (RESOURCES / "translations" / "ja" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        texts = {str(each.id): str(each.string) for each in read_po(file)}
    found = {text: NUMBERED.findall(text) for text in texts}
    assert {words for each in found.values() for words in each} == wanted.keys()
    for text, (words, *_) in ((text, each) for text, each in found.items() if each):
        assert list(map(int, re.findall(r"\d+", texts[text]))) == wanted[words], text
