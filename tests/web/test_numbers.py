"""The numbers in the sentences of the pages are those that are in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smtp_panel.access import keys, passwords
from smtp_panel.access.links import LINK_LIFETIME, Purpose
from smtp_panel.web import outbox
from tests.web.conftest import ADMIN, Panel
from tests.web.test_keys import KEYS, make


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
    assert "At least 11 characters. It signs you out" in admin.page("/").text
    assert "the newest 1,234 messages" in admin.page("/admin/outbox").text
    assert "stays valid for 36 hours" in admin.page(KEYS).text
    visitor.page("/forgot")
    sent = visitor.follow(visitor.post("/forgot", email=ADMIN))
    assert "works once, within 2 hours." in sent.text
