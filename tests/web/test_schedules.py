"""The page of the schedules (SPEC M1, section 11)."""

from __future__ import annotations

import datetime
from threading import Event

import pytest
from flask_mail import Message
from sqlalchemy import select, update

from smtp_panel.mail.front import Mail
from smtp_panel.net.network import Network
from smtp_panel.schedules.model import Schedule
from smtp_panel.schedules.scheduler import Scheduler
from smtp_panel.storage import db, utcnow
from tests.servers.processes import wait_until
from tests.web.conftest import MakePanel, Panel, Visitor
from tests.web.html import Element

SCHEDULES = "/admin/schedules"
FIELDS = {
    "name": "Sales of the week",
    "function": "sales",
    "recipients": "bob@test.example, eve@test.example",
    "subject": "Sales",
    "cron": "0 9 * * mon",
    "zone": "Europe/Berlin",
}
PATIENCE = 60.0  # seconds
OF_URL = FIELDS | {"function": "", "url": "https://app.example/sales.pdf"}


@pytest.fixture
def admin(panel: Panel) -> Visitor:
    """An admin of a panel whose application has the content `sales`, and a From to send by."""
    mail = Mail(panel.app)
    mail.content("sales")(lambda: Message(body="Seven.", sender="reports@acme.example"))
    return panel.admin()


def made(admin: Visitor, **fields: str | None) -> Element:
    """The page of a schedule that was made by the form."""
    admin.get(f"{SCHEDULES}/new")
    return admin.follow(admin.post(f"{SCHEDULES}/new", **(FIELDS | fields)))


def work(panel: Panel) -> None:
    """Let the scheduler look."""
    Scheduler(panel.app, panel.operations.cipher, Network()).work()


def errors(page: Element) -> dict[str, str]:
    """What is wrong, by field."""
    found = page.all("p", **{"class": "wrong"})
    return {each["id"].removesuffix("-error"): each.text for each in found}


@pytest.mark.both_engines
def test_a_schedule_is_made_run_and_seen(panel: Panel, admin: Visitor) -> None:
    """Section 11: `[data-schedule]`; M1: last and next run, history."""
    assert "Nothing yet" in admin.page(SCHEDULES).text
    page = made(admin)
    assert page.one("p", data_schedule="1")["data-state"] == "active"
    assert "It has not run yet." in page.text
    assert len(page.id("next-runs").all("li")) == 5

    page = admin.follow(admin.post(f"{SCHEDULES}/1/run"))
    assert page.one("li", data_run="1")["data-state"] == "waiting"
    poll = page.id("runs")["hx-get"]
    assert poll == f"{SCHEDULES}/1"
    work(panel)
    assert "In the outbox" in admin.get(poll, htmx=True).text

    row = admin.page(SCHEDULES).one("tr", data_schedule="1")
    assert row["data-state"] == "active"
    assert "In the outbox" in row.text
    assert "bob@test.example, eve@test.example" in row.text
    run = admin.page(f"{SCHEDULES}/1").one("li", data_run="1")
    assert "by ada@example.com" in run.text
    assert "Sales" in admin.page(run.one("a")["href"]).text
    assert "Schedule run by hand" in admin.page("/admin/audit").one("tbody").text


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(admin: Visitor) -> None:
    """V2: with status 422, and a better value where there is one."""
    admin.get(f"{SCHEDULES}/new")
    typed = {"name": " ", "url": "app.example", "recipients": "bob@", "subject": ""}
    typed |= {"cron": "0 25 * * *", "zone": "berlin"}
    response = admin.post(f"{SCHEDULES}/new", **(OF_URL | typed))
    assert response.status_code == 422
    wrong = errors(admin.html)
    assert list(wrong) == ["name", "url", "recipients", "subject", "cron", "zone"]
    assert "beginning with https://" in wrong["url"]
    assert "“bob@” is not a mail address" in wrong["recipients"]
    assert "The second field, the hour" in wrong["cron"]
    assert admin.html.id("zone-error").one("button")["value"] == "zone=Europe/Berlin"
    assert admin.html.id("cron")["value"] == "0 25 * * *"


def test_a_better_value_is_taken_by_a_button_without_javascript(admin: Visitor) -> None:
    """Section 3."""
    admin.get(f"{SCHEDULES}/new")
    admin.post(f"{SCHEDULES}/new", **FIELDS | {"zone": "berlin"}, take="zone=Europe/Berlin")
    assert admin.html.id("zone")["value"] == "Europe/Berlin"
    assert admin.html.id("name")["value"] == FIELDS["name"]
    assert "CET" in admin.html.id("next-runs").text or "CEST" in admin.html.id("next-runs").text


def test_the_next_runs_are_shown_while_typing(admin: Visitor) -> None:
    typed = f"{SCHEDULES}/next?cron=30+7+1+*+*&zone=Asia/Tokyo"
    shown = admin.get(typed, htmx=True).text
    assert shown.count("07:30 JST") == 5
    assert "Enter five fields" in admin.get(f"{SCHEDULES}/next?cron=30", htmx=True).text


def test_it_says_when_runs_fail_again_and_again(panel: Panel, admin: Visitor) -> None:
    """M1: why, and what to do next."""
    made(admin)
    Mail(panel.app)  # an application that has no content any more
    with panel.app.app_context():
        for week in range(3):
            due = utcnow() - datetime.timedelta(weeks=week)
            db.session.execute(update(Schedule).values(next_at=due))
            db.session.commit()
            work(panel)

    page = admin.page(f"{SCHEDULES}/1")

    failing = page.one("div", data_failing="")
    assert "The last 3 runs failed" in failing.text
    assert "no content of the name “sales”" in failing.text
    assert admin.page(SCHEDULES).one("tr", data_schedule="1")["data-state"] == "failing"
    assert "Schedule fails again and again" in admin.page("/admin/audit").one("tbody").text
    form = admin.page(f"{SCHEDULES}/1/edit")
    response = admin.post(f"{SCHEDULES}/1/edit", **FIELDS, version="1")
    assert form.id("function").one("option", selected="")["value"] == "sales"
    assert response.status_code == 422
    assert "Choose another" in errors(admin.html)["function"]


def test_it_is_paused_by_somebody_resumed_and_removed(admin: Visitor) -> None:
    made(admin)
    page = admin.follow(admin.post(f"{SCHEDULES}/1/pause"))
    assert "Paused by ada@example.com. Nothing is sent until" in page.text
    assert not page.all("p", **{"class": "note success"}), "it is said once"
    assert not page.has_id("next-runs")

    page = admin.follow(admin.post(f"{SCHEDULES}/1/resume"))
    assert page.has_id("next-runs")

    assert "Nothing yet" in admin.follow(admin.post(f"{SCHEDULES}/1/remove")).text
    assert admin.post(f"{SCHEDULES}/1/remove").status_code == 404


def test_an_open_list_asks_whether_it_still_stands_so_and_has_what_has_changed(
    admin: Visitor,
) -> None:
    """W2: whoever pauses a schedule, wherever."""
    made(admin)
    page = admin.page(SCHEDULES)
    ask = page.id("schedules-now")["hx-get"]
    assert admin.get(ask, htmx=True).status_code == 204

    admin.post(f"{SCHEDULES}/1/pause")

    assert 'data-state="paused"' in admin.get(ask, htmx=True).text


def test_a_secret_is_kept_until_the_address_moves_and_never_shown(
    panel: Panel, admin: Visitor
) -> None:
    """F4, F9."""
    page = made(admin, **OF_URL, header="authorization:", secret="Bearer s3cret")
    assert "authorization, with a secret" in page.text

    page = admin.page(f"{SCHEDULES}/1/edit")
    assert "Saved; type to replace" in page.id("secret-help").text
    kept = OF_URL | {"header": "authorization", "subject": "Sales and more"}
    assert admin.post(f"{SCHEDULES}/1/edit", **kept, version="1").status_code == 303

    admin.page(f"{SCHEDULES}/1/edit")
    moved = kept | {"url": "https://evil.example/"}
    assert admin.post(f"{SCHEDULES}/1/edit", **moved, version="2").status_code == 422
    assert "Enter it again" in errors(admin.html)["secret"]
    assert b"s3cret" not in b"".join(panel.answers)
    with panel.app.app_context():
        assert db.session.scalars(select(Schedule.url)).all() == [OF_URL["url"]]
    assert "Secret in it" in admin.page("/admin/audit").one("tbody").text


def test_what_was_typed_stays_when_the_token_is_broken(admin: Visitor) -> None:
    """V2."""
    admin.get(f"{SCHEDULES}/new")
    response = admin.post(f"{SCHEDULES}/new", **FIELDS, csrf_token="broken")
    assert response.status_code == 400
    assert admin.html.id("name")["value"] == FIELDS["name"]
    assert admin.post(f"{SCHEDULES}/new", **FIELDS).status_code == 303


def test_running_by_hand_is_limited_like_a_test(make_panel: MakePanel) -> None:
    """L1: it makes the panel connect."""
    panel = make_panel(test_limit="1 per minute")
    admin = panel.admin()
    made(admin, **OF_URL)
    assert admin.post(f"{SCHEDULES}/1/run").status_code == 303
    response = admin.post(f"{SCHEDULES}/1/run")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "Too many attempts." in response.text


def test_a_serving_process_runs_what_is_due(panel: Panel, admin: Visitor) -> None:
    """M1: by itself."""
    made(admin)
    admin.post(f"{SCHEDULES}/1/run")
    panel.start()

    wait_until(lambda: "In the outbox" in admin.page(f"{SCHEDULES}/1").text)


def test_content_that_takes_its_time_keeps_no_other_waiting(panel: Panel, admin: Visitor) -> None:
    """M1: of the same process."""
    begun, ends = Event(), Event()

    def slow() -> Message:
        begun.set()
        ends.wait(PATIENCE)
        return Message(body="Eight.")

    panel.app.extensions["mail"].contents["slow"] = slow
    made(admin, function="slow")
    made(admin)
    admin.post(f"{SCHEDULES}/1/run")
    panel.start()
    assert begun.wait(PATIENCE)

    admin.post(f"{SCHEDULES}/2/run")

    wait_until(lambda: "In the outbox" in admin.page(f"{SCHEDULES}/2").text)
    assert "In the outbox" not in admin.page(f"{SCHEDULES}/1").text
    ends.set()


def test_one_that_runs_is_not_begun_again(admin: Visitor) -> None:
    made(admin)
    admin.post(f"{SCHEDULES}/1/run")
    page = admin.follow(admin.post(f"{SCHEDULES}/1/run"))
    assert "Nothing was started: it is running already." in page.text


@pytest.mark.both_engines
def test_two_admins_who_edit_one_do_not_overwrite_each_other(panel: Panel, admin: Visitor) -> None:
    """V3: whoever comes later is told by whom and what, and saves again to put theirs in place."""
    made(admin)
    eve = panel.admin("eve@example.com")
    seen = eve.page(f"{SCHEDULES}/1/edit").id("version")["value"]
    admin.get(f"{SCHEDULES}/1/edit")
    assert admin.post(f"{SCHEDULES}/1/edit", **FIELDS | {"subject": "Week"}, version=seen)

    typed = FIELDS | {"cron": "0 7 * * *"}
    response = eve.post(f"{SCHEDULES}/1/edit", **typed, version=seen)

    assert response.status_code == 409
    told = eve.html.one("div", role="alert")
    assert "ada@example.com saved this schedule while you were editing" in told.text
    assert [each.text for each in told.all("dt")] == ["Subject", "Times"]
    assert [each.text for each in told.all("ins")] == ["Week", "0 9 * * MON"]
    assert eve.html.id("cron")["value"] == "0 7 * * *"
    again = eve.html.id("version")["value"]
    assert eve.post(f"{SCHEDULES}/1/edit", **typed, version=again).status_code == 303
    with panel.app.app_context():
        assert db.session.execute(select(Schedule.subject, Schedule.cron)).all() == [
            ("Sales", "0 7 * * *")
        ]
