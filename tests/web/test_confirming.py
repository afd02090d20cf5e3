"""Settings that go back by themselves unless an admin confirms them (issue 7, item 6; SPEC V3, V5).

The time is that of the test, passed in: `later` is counted from now.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from smtp_panel.audit import AuditEntry
from smtp_panel.loops import return_due
from smtp_panel.mail.occasions import SETTINGS_CHANGED
from smtp_panel.outbox.staging import SANDBOX, Staging
from smtp_panel.settings.cipher import FERNET_KEY_FILE
from smtp_panel.settings.confirmation import WITHIN
from smtp_panel.settings.model import AwaitedConfirmation, WorkingSettings
from smtp_panel.storage import db, utcnow, writing
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN, SECOND_ADMIN, Fields, MakePanel, Panel, Visitor, fields_of
from tests.web.html import Element, parse
from tests.web.test_going_back import WRONG, go_back, offered, state
from tests.web.test_notices import outbox, text_of

CONFIRM = "/admin/smtp/confirm"
SENDER = "Panel <no-reply@test.example>"
NEWS = "news@test.example"
SOON, LATE = WITHIN - timedelta(seconds=5), WITHIN + timedelta(seconds=5)


@pytest.fixture
def works(panel: Panel, smtpd: StartSmtpd) -> Panel:
    """A panel whose settings work: mail leaves from SENDER."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    return panel


def save(panel: Panel, admin: Visitor, **fields: str | None) -> Element:
    """The page after a save that is to be confirmed."""
    admin.page()
    return panel.saved(admin, confirm="1", **fields)


def pass_by(panel: Panel, later: timedelta) -> None:
    """Let the loop have its turn, so much later than now, and what it has begun end."""
    take_turn(panel, later)
    panel.settle()


def take_turn(panel: Panel, later: timedelta) -> None:
    """Let the loop have its turn, so much later than now."""
    with panel.app.app_context():
        return_due(panel.operations, utcnow() + later)


def sender(page: Element) -> str:
    """The From that is in force."""
    return page.id("sender")["value"]


def banner(page: Element) -> str | None:
    """What the page says of a confirmation that is awaited; None where it is not."""
    said = page.all("div", data_awaited=None)
    return said[0].text if said else None


def confirm(admin: Visitor) -> Element:
    """The page after an admin has pressed Keep these settings."""
    return admin.follow(admin.post(CONFIRM, **admin.page().one("form", action=CONFIRM).form()))


def entries(panel: Panel) -> list[AuditEntry]:
    """The audit log, the newest entry first."""
    with panel.app.app_context():
        return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())))


def test_what_nobody_confirms_goes_back_by_itself(works: Panel) -> None:
    """The new settings work as well: a check confirms nothing. V5: and who waits knows why."""
    ada, eve = works.admin(), works.admin(SECOND_ADMIN)
    page = save(works, ada, sender=NEWS, ehlo_name="a.example")
    works.want(SECOND_ADMIN, SETTINGS_CHANGED)
    for seen in (page, eve.page()):
        assert state(seen) == "healthy"
        said = banner(seen)
        assert said
        assert f"Saved by {ADMIN}" in said
        assert any(f"(in {minutes} minutes)" in said for minutes in (9, 10))

    pass_by(works, SOON)
    assert sender(ada.page()) == NEWS
    poll = page.id("smtp-status")["hx-get"]
    pass_by(works, LATE)
    news = parse(ada.get(poll, htmx=True).text).id("awaited")
    links = [link["href"] for link in news.one("div", data_came_back=None).all("a")]
    assert links == ["/admin/smtp", "/admin/audit"]

    page = ada.page()
    assert (sender(page), banner(page), state(page)) == (SENDER, None, "healthy")
    assert page.all("div", data_came_back=None)
    last = entries(works)[0]
    assert (last.actor, set(last.changes)) == ("automatic return", {"sender", "ehlo_name"})
    assert "nobody confirmed the new ones" in ada.page("/admin/audit").one("tbody").text
    assert "automatic return" in text_of(outbox(works)[-1])
    pass_by(works, LATE)
    assert entries(works)[0].id == last.id, "once is enough"
    assert not works.saved(ada, sender=NEWS).all("div", data_came_back=None)


def test_what_an_admin_keeps_stays_and_counts_as_working(works: Panel) -> None:
    """Whoever of them it is, and from then on the way back leads there."""
    ada, eve = works.admin(), works.admin(SECOND_ADMIN)
    save(works, ada, sender=NEWS)
    page = confirm(eve)
    assert "These settings stay in force." in page.text
    assert banner(page) is None
    assert "SMTP settings confirmed" in ada.page("/admin/audit").one("tbody").text
    pass_by(works, LATE)
    assert sender(ada.page()) == NEWS
    works.saved(ada, password=WRONG, ehlo_name="a.example")
    assert sender(go_back(works, ada)) == NEWS


def test_a_later_save_or_the_way_back_ends_the_wait(works: Panel) -> None:
    admin = works.admin()
    save(works, admin, sender=NEWS)
    works.saved(admin, sender="eve@test.example")
    assert banner(admin.page()) is None
    pass_by(works, LATE)
    assert sender(admin.page()) == "eve@test.example"

    save(works, admin, sender=NEWS)
    works.saved(admin, remove_client_secret="1")  # there is none, so that nothing else changes
    assert banner(admin.page()) is None, "F4: no earlier settings are kept"
    assert admin.page().has_id("confirm"), "those in force are, for they work"

    page = save(works, admin, password=WRONG)
    assert (state(page), banner(page) is None) == ("problem", False)
    assert len(page.all("form", action="/admin/smtp/back")) == 1, "one way back is offered once"
    page = go_back(works, admin)
    assert (sender(page), banner(page)) == (NEWS, None)


def test_who_saves_nothing_new_or_has_nothing_to_go_back_to_is_asked_nothing(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    admin = panel.admin()
    assert not admin.page().has_id("confirm")
    fields = fields_of(smtpd("none"))
    assert banner(save(panel, admin, **fields)) is None
    assert banner(save(panel, admin)) is None
    assert "confirm" not in admin.html.id("smtp-form").form(), "the next save asks anew"


def test_what_is_removed_leaves_no_way_back(works: Panel) -> None:
    """F4, V2: nothing is saved, and the tick says why and stays."""
    admin = works.admin()
    admin.page()
    response = admin.save(confirm="1", remove_password="1")
    assert response.status_code == 422
    assert "there would be no way back" in admin.html.id("confirm-error").text
    assert admin.html.id("confirm")["aria-invalid"] == "true"
    form = admin.html.id("smtp-form").form()
    assert (form["confirm"], form["remove_password"]) == ("1", "1")
    assert state(works.saved(admin, remove_password=None)) == "healthy"


def test_the_tick_stays_after_a_test_without_javascript(works: Panel) -> None:
    """V2: what was ticked is still ticked, and a test does not mind it."""
    admin = works.admin()
    page = works.tested(admin, confirm="1")
    assert page.id("smtp-form").form()["confirm"] == "1"
    assert banner(page) is None


def test_who_has_not_seen_the_settings_in_force_does_not_confirm_them(works: Panel) -> None:
    """V3."""
    ada, eve = works.admin(), works.admin(SECOND_ADMIN)
    save(works, ada, sender=NEWS)
    seen = eve.page().one("form", action=CONFIRM).form()
    save(works, ada, sender="ada@test.example")
    response = eve.post(CONFIRM, **seen)
    assert response.status_code == 409
    assert f"{ADMIN} saved these settings" in response.text
    assert banner(ada.page())

    seen = eve.page().one("form", action=CONFIRM).form()
    confirm(ada)
    assert eve.follow(eve.post(CONFIRM, **seen)), "both want the same"
    assert [entry.action for entry in entries(works)].count("settings.confirmed") == 1


@pytest.mark.both_engines
def test_of_several_machines_one_goes_back(works: Panel) -> None:
    """V3. That the settings work, all of them may find at once."""
    route = works.operations.route()
    assert route
    with ThreadPoolExecutor(4) as machines:
        for _ in range(3):
            with works.app.app_context(), writing(db.session) as session:
                session.execute(delete(WorkingSettings))
            list(machines.map(works.operations.delivered, [route] * 4))
    save(works, works.admin(), sender=NEWS)
    with ThreadPoolExecutor(4) as machines:
        list(machines.map(lambda later: take_turn(works, later), [LATE] * 4))
    works.settle()
    back = [entry for entry in entries(works) if entry.actor == "automatic return"]
    assert len(back) == 1
    assert sender(works.admin().page()) == SENDER


@pytest.mark.both_engines
def test_what_nobody_confirms_goes_back_though_the_clock_was_ahead(works: Panel) -> None:
    """V3: else it would stay until that time comes again."""
    save(works, works.admin(), sender=NEWS)
    pass_by(works, -WITHIN / 2)
    assert sender(works.admin().page()) == NEWS
    pass_by(works, -timedelta(days=1))
    assert sender(works.admin().page()) == SENDER


@pytest.fixture(params=["lost key", "locked fields", "no key file"])
def stuck(
    request: pytest.FixtureRequest, works: Panel, make_panel: MakePanel
) -> Iterator[tuple[Panel, str]]:
    """A panel that was started again and can't go back, and the reason."""
    fields: Fields = {"sender": NEWS}
    save(works, works.admin(), **fields)
    if request.param == "lost key":
        with works.app.app_context(), writing(db.session) as session:
            session.execute(update(WorkingSettings).values(password_encrypted="lost"))
        yield make_panel(), "The saved password can't be read"
    elif request.param == "no key file":
        panel = make_panel()
        (panel.config.data_dir / FERNET_KEY_FILE).unlink()
        yield panel, "can't be used: No such file or directory"
    else:
        yield make_panel(sender=NEWS), "There are no other settings that worked"


def test_what_cant_go_back_stays_and_the_admins_are_told(
    stuck: tuple[Panel, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Once in the log, and on the page until somebody has seen to it."""
    panel, reason = stuck
    for _ in range(2):
        pass_by(panel, LATE)
    told = [record for record in caplog.records if record.name == "smtp_panel.loops"]
    assert [reason in record.getMessage() for record in told] == [True]
    admin = panel.admin()
    page = admin.page()
    said = banner(page)
    assert said
    assert "did not go back by themselves" in said
    assert reason in said
    assert sender(page) == NEWS
    assert offered(page) is None
    assert banner(confirm(admin)) is None


def test_why_they_did_not_go_back_is_said_in_the_language_of_the_page(
    stuck: tuple[Panel, str],
) -> None:
    """Section 11: in Japanese too, but for what the system says."""
    panel, reason = stuck
    pass_by(panel, LATE)
    admin = panel.admin()
    said = banner(admin.page(environ_overrides={"HTTP_ACCEPT_LANGUAGE": "ja"}))
    assert said
    assert "設定を自動で元に戻せませんでした" in said
    assert reason not in said
    assert "restart" not in said


def test_why_they_did_not_go_back_is_still_said_after_an_upgrade(works: Panel) -> None:
    """An older version has stored the words themselves."""
    admin = works.admin()
    save(works, admin, sender=NEWS)
    with works.app.app_context(), writing(db.session) as session:
        session.execute(update(AwaitedConfirmation).values(failure="The key is gone: 100%."))
    said = banner(admin.page())
    assert said
    assert "The key is gone: 100%." in said


def test_what_cant_go_back_is_tried_once_though_the_clock_was_ahead(
    stuck: tuple[Panel, str], caplog: pytest.LogCaptureFixture
) -> None:
    panel, _ = stuck
    for _ in range(2):
        pass_by(panel, -timedelta(days=1))
    assert len([record for record in caplog.records if record.name == "smtp_panel.loops"]) == 1


def test_a_message_that_leaves_keeps_the_settings_too(works: Panel) -> None:
    """Where it is not the sandbox that has taken it."""
    admin = works.admin()
    works.saved(admin, sender=NEWS)
    works.saved(admin, password=WRONG)
    route = works.operations.route()
    assert route
    sandbox = Staging(SANDBOX, frozenset(), ADMIN, utcnow())
    works.operations.delivered(replace(route, staging=sandbox))
    assert offered(admin.page())
    works.operations.delivered(route)
    assert offered(admin.page()) is None, "they are those that worked last"
