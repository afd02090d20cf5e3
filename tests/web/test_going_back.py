"""The way back to the last settings that worked, after a save that broke mail (SPEC V1, F9, V3)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor, AuditAction, AuditEntry
from smtp_panel.operations.trials import as_draft
from smtp_panel.settings import earlier, service
from smtp_panel.settings.model import EarlierSettings, Settings, SettingsRow, WorkingSettings
from smtp_panel.settings.service import Conflict
from smtp_panel.storage import ONLY_ROW, db, writing
from tests.conftest import POSTGRESQL
from tests.outbox.conftest import Clock, Hand, letter
from tests.servers.fixtures import StartSmtpd
from tests.servers.processes import wait_until
from tests.servers.smtpd import USERS
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, MakePanel, Panel, Visitor, fields_of
from tests.web.html import Element
from tests.web.test_every_failure import sending

pytestmark = pytest.mark.both_engines

BACK = "/admin/smtp/back"
WRONG = "wrong password"
SENDER, NEWS = "Panel <no-reply@test.example>", "news@test.example"
NO_CONTENT = "554 5.7.1 Message rejected as spam"


def offered(page: Element) -> dict[str, str] | None:
    """What the button would send that leads back; None where the page has none."""
    forms = page.all("form", action=BACK)
    return forms[0].form() if forms else None


def go_back(panel: Panel, admin: Visitor) -> Element:
    """The page after the way back, once its check has ended."""
    response = admin.post(BACK, **(offered(admin.page()) or {}))
    panel.settle()
    return admin.follow(response)


def state(page: Element) -> str:
    """What the badge says."""
    return page.id("smtp-status").one("p")["data-state"]


def test_after_a_save_that_broke_mail_one_click_leads_back(panel: Panel, smtpd: StartSmtpd) -> None:
    """The password goes where it went before, so that it is not asked for (F9)."""
    admin, server = panel.admin(), smtpd("none")
    working = panel.saved(admin, **fields_of(server))
    assert (state(working), offered(working)) == ("healthy", None)
    broken = panel.saved(admin, password=WRONG, sender="news@test.example", ehlo_name="a.example")
    assert state(broken) == "problem"
    assert offered(broken)

    page = go_back(panel, admin)
    assert page.all("p", **{"class": "note success"})[0].text == (
        "The settings that worked are in force again."
    )
    assert (state(page), offered(page)) == ("healthy", None)
    form = page.id("smtp-form").form()
    assert (form["sender"], form["ehlo_name"]) == ("Panel <no-reply@test.example>", "")

    with panel.app.app_context():
        last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert last.action == AuditAction.SETTINGS_SAVED
    assert set(last.changes) == {"sender", "ehlo_name", "password"}
    assert WRONG not in str(last.changes)
    assert (
        "Went back to the last settings that worked."
        in admin.page("/admin/audit").one("tbody").text
    )


def test_it_leads_back_to_another_server_and_only_once(panel: Panel, smtpd: StartSmtpd) -> None:
    """Where those do not work any more either, nobody is sent in circles."""
    admin, users = panel.admin(), dict(USERS)
    server = smtpd("none", users=users)
    panel.saved(admin, **fields_of(server))
    panel.saved(admin, **NOBODY, password="x")
    users.clear()
    page = go_back(panel, admin)
    assert page.id("smtp-form").form()["port"] == str(server.port)
    assert (state(page), offered(page)) == ("problem", None)


def hand_over(panel: Panel) -> None:
    """Accept a message, and wait until the worker has tried it."""
    hand = Hand(panel.operations.outbox, Clock())
    message = panel.operations.intake.accept(letter())
    wait_until(lambda: hand.attempts(message) or hand.pause().failures)


@pytest.mark.parametrize(
    "answer",
    [
        NO_CONTENT,
        "550 5.7.60 Client does not have permissions to send as this sender",
        "550 5.4.6 Daily sending quota exceeded",
    ],
)
def test_after_a_save_by_which_no_message_is_taken_one_click_leads_back(
    panel: Panel, smtpd: StartSmtpd, answer: str
) -> None:
    """Its check passes, for a check sends no message (issue 7, item 6)."""
    admin, server = panel.admin(), smtpd("none")
    panel.saved(admin, **fields_of(server))
    page = panel.saved(admin, sender=NEWS)
    assert (state(page), offered(page)) == ("healthy", None)
    server.at_end = answer
    with sending(panel):
        hand_over(panel)
    page = admin.page()
    assert state(page) == "problem"
    assert offered(page)

    page = go_back(panel, admin)
    assert page.id("sender")["value"] == SENDER
    assert offered(page) is None, "once is enough"


def test_where_the_settings_before_passed_a_check_alone_it_leads_to_those_that_sent_mail(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    admin, server = panel.admin(), smtpd("none")
    panel.saved(admin, **fields_of(server))
    panel.tested(admin)
    server.at_end = NO_CONTENT
    panel.saved(admin, ehlo_name="a.example")
    panel.saved(admin, sender=NEWS)
    with sending(panel):
        hand_over(panel)
    form = go_back(panel, admin).id("smtp-form").form()
    assert (form["sender"], form["ehlo_name"]) == (SENDER, "")


@pytest.mark.parametrize("proof", ["message", "test"])
def test_from_settings_by_which_a_message_has_left_nobody_is_led_back(
    panel: Panel, smtpd: StartSmtpd, proof: str
) -> None:
    """It is not what was saved then; a test that passes tells as much as a message."""
    admin, server = panel.admin(), smtpd("none")
    panel.saved(admin, **fields_of(server))
    panel.saved(admin, sender=NEWS)
    with sending(panel):
        if proof == "message":
            hand_over(panel)
        else:
            panel.tested(admin)
        server.at_end = NO_CONTENT
        hand_over(panel)
    page = admin.page()
    assert (state(page), offered(page)) == ("problem", None)


def test_that_one_recipient_is_refused_leads_nobody_back(panel: Panel, smtpd: StartSmtpd) -> None:
    admin, server = panel.admin(), smtpd("none")
    panel.saved(admin, **fields_of(server))
    panel.saved(admin, sender=NEWS)
    server.to_recipient = "550 5.1.1 No such user here"
    with sending(panel):
        hand_over(panel)
    page = admin.page()
    assert (state(page), offered(page)) == ("problem", None)


def test_a_failure_without_a_change_offers_no_way_back(panel: Panel, smtpd: StartSmtpd) -> None:
    """It is not what was saved then."""
    admin, users = panel.admin(), dict(USERS)
    panel.saved(admin, **fields_of(smtpd("none", users=users)))
    users.clear()
    with panel.app.app_context():
        panel.operations.check_saved()
    panel.settle()
    page = admin.page()
    assert (state(page), offered(page)) == ("problem", None)


def test_who_has_not_seen_the_settings_in_force_does_not_leave_them(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """V3: somebody else has saved since; nor does anybody go back where there is nothing."""
    ada, eve = panel.admin(), panel.admin(SECOND_ADMIN)
    ada.page()
    assert ada.post(BACK, version="0").status_code == 422
    panel.saved(ada, **fields_of(smtpd("none")))
    panel.saved(ada, password=WRONG)
    late = offered(ada.page()) or {}
    panel.saved(eve, sender="eve@test.example")
    refused = ada.post(BACK, **late)
    assert refused.status_code == 409
    assert "eve@test.example" in refused.text
    assert ada.page().id("smtp-form").form()["sender"] == "eve@test.example"


def test_what_is_removed_is_kept_nowhere(panel: Panel, smtpd: StartSmtpd) -> None:
    """F4: a password that an admin removes is not kept for a way back."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    panel.saved(admin, sender=NEWS)
    panel.saved(admin, remove_password="1")
    assert offered(admin.page()) is None
    with panel.app.app_context():
        tables: tuple[type[SettingsRow], ...] = WorkingSettings, EarlierSettings
        kept = [each for table in tables for each in db.session.scalars(select(table))]
    assert [each.password_encrypted for each in kept if each.password_encrypted] == []


def test_what_is_removed_while_a_check_ends_is_kept_nowhere(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """F4: on SQLite one waits for the other; else the check has found the password still there."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    to_do = [True] if panel.engine.dialect.name == POSTGRESQL else []

    def remove(_connection: Connection, _cursor: object, sql: str, *_: object) -> None:
        if to_do and sql.startswith("UPDATE awaited_confirmation"):
            to_do.pop()
            with suppress(OperationalError), Session(panel.engine) as own, own.begin():
                own.execute(text("SET LOCAL lock_timeout = '1ms'"))
                remove_password(panel, own)

    with panel.app.app_context():
        event.listen(panel.engine, "before_cursor_execute", remove)
        with writing(db.session) as session:
            earlier.keep(session, panel.operations.environment, 1, sent=False)
        event.remove(panel.engine, "before_cursor_execute", remove)
        assert not to_do
        with writing(db.session) as session, suppress(Conflict):
            remove_password(panel, session)
        assert db.session.get_one(Settings, ONLY_ROW).password_encrypted is None
        assert db.session.get(WorkingSettings, ONLY_ROW) is None


def remove_password(panel: Panel, session: Session) -> None:
    """What Save does where the settings are of version 1, and their password is to be removed."""
    saved = panel.operations.saved(session)
    draft = replace(as_draft(saved), remove_password=True)
    service.save(session, draft, panel.operations.environment, 1, by=Actor(ADMIN))


def test_what_leads_nowhere_does_not_count(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """L1: nothing is connected to, be there nothing to go back to or another save in between."""
    panel = make_panel(save_limit="3 per hour")
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    assert [admin.post(BACK, version="1").status_code for _ in range(3)] == [422] * 3
    panel.saved(admin, password=WRONG)
    assert [admin.post(BACK, version="1").status_code for _ in range(3)] == [409] * 3
    assert state(go_back(panel, admin)) == "healthy"
