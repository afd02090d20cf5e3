"""The page of the audit log: who did what, found by action and by actor (SPEC V5)."""

from __future__ import annotations

import pytest

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor, AuditAction, record
from smtp_panel.storage import db, writing
from tests.web.conftest import ADMIN, NOBODY, Panel
from tests.web.html import Element

PAGE = "/admin/audit"


def rows(page: Element) -> list[str]:
    """What stands in each row of entries."""
    (body,) = page.all("tbody")
    return [each.text for each in body.all("tr")]


@pytest.mark.both_engines
def test_entries_are_found_by_action_and_actor(panel: Panel) -> None:
    """V5: by the form, and by choosing whoever stands in the list; older ones follow."""
    with panel.app.app_context(), writing(db.session) as session:
        for number in range(60):
            for actor, note in (("command line", f"Nr. {number};"), ("proxy", "other")):
                record(session, AuditAction.USER_CHANGED, Actor(actor), note=note)
    admin = panel.admin()
    page = admin.page(PAGE)
    link = next(each for each in page.all("a") if each.text == "command line")
    page = admin.page(link["href"])
    assert page.id("actor")["value"] == "command line"
    assert len(rows(page)) == 50
    assert not any("other" in each for each in rows(page))
    (older,) = [each for each in page.all("a") if each.text == "Older entries"]
    rest = rows(admin.page(older["href"]))
    assert "Nr. 9;" in rest[0]
    assert all("command line" in each for each in rest)

    admin.post("/admin/outbox/pause")
    page = admin.page(f"{PAGE}?action=sending.paused&actor={ADMIN}")
    (row,) = rows(page)
    assert "Sending paused" in row
    (chosen,) = [each for each in page.id("action").all("option") if "selected" in each]
    assert chosen["value"] == "sending.paused"


def test_a_secret_in_place_of_another_is_said_to_have_changed_once(panel: Panel) -> None:
    """V5, F4: neither is shown."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY, username="ada", password="one")
    panel.saved(admin, **NOBODY, username="ada", password="two")
    newest = rows(admin.page(PAGE))[0]
    assert "Password changed" in newest
    assert "→" not in newest


def test_where_none_is_found_all_can_be_shown(panel: Panel) -> None:
    admin = panel.admin()
    page = admin.page(f"{PAGE}?actor=nobody%00@example.com&action=nonsense")
    assert page.id("actor")["value"] == "nobody@example.com"
    assert "No entry matches." in page.text
    (every,) = [each for each in page.all("a") if each.text == "Show all"]
    assert every["href"] == PAGE


def test_what_a_key_may_do_is_said_as_on_the_page_of_keys(panel: Panel) -> None:
    """V5: and not in the words of programs."""
    with panel.app.app_context(), writing(db.session) as session:
        keys.create(session, "Billing", [KeyScope.SEND, KeyScope.READ], Actor(ADMIN))
    newest = rows(panel.admin().page(PAGE))[0]
    assert "Send messages, Read everything" in newest
