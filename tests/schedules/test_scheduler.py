"""Content is sent when it is due: once, whatever the clocks and other schedulers do (SPEC M1)."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask_mail import Attachment, Message
from sqlalchemy import select

from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.outbox.model import Lane
from smtp_panel.schedules import handling, runs
from smtp_panel.schedules.handling import StillRunning
from smtp_panel.schedules.model import ScheduleRun, ScheduleRunState
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from tests.outbox.sizes import MOST, TOO_LONG, know_size
from tests.schedules.conftest import ADA, MONDAY, SUNDAY, WEEK, Desk
from tests.servers.fixtures import StartTokenServer
from tests.servers.token_server import Answer

HOUR = datetime.timedelta(hours=1)


@pytest.mark.both_engines
def test_what_is_due_goes_to_the_outbox_with_its_files(desk: Desk) -> None:
    """M1: content delivery on a schedule, attachments included."""
    schedule = desk.plan()
    assert desk.schedule(schedule).next_at == MONDAY
    desk.work(MONDAY - HOUR)
    assert desk.messages() == []

    desk.work(MONDAY + HOUR / 60)

    ((queued, content),) = desk.messages()
    (run,) = desk.runs()
    assert (run.message, run.due_at, run.progress) == (queued.id, MONDAY, ScheduleRunState.ACCEPTED)
    assert queued.lane == Lane.BULK
    assert [address for _, address in queued.recipients] == ["bob@test.example", "eve@test.example"]
    assert (content["Subject"], content["From"]) == ("Sales", "reports@acme.example")
    assert content["Auto-Submitted"] == "auto-generated"
    assert [part.get_filename() for part in content.walk()][-1] == "sales.csv"
    assert desk.schedule(schedule).next_at == MONDAY + WEEK


def test_a_run_whose_message_is_larger_than_the_mail_server_takes_says_so(desk: Desk) -> None:
    """QUEUE, failure 6: with what to do, as for other content that can't be sent."""
    know_size(desk.app)
    desk.mail.content("sales")(lambda: Message(body=TOO_LONG))
    desk.plan()

    desk.work(MONDAY)

    (run,) = desk.runs()
    assert (desk.messages(), run.progress) == ([], ScheduleRunState.FAILED)
    assert str(MOST) in desk.error()


@pytest.mark.both_engines
def test_two_schedulers_run_nothing_twice(desk: Desk) -> None:
    """QUEUE, failure 10: unique by schedule and moment, on both engines."""
    for number in range(6):
        desk.plan(name=f"Report {number}")
    desk.now = MONDAY

    with ThreadPoolExecutor(4) as threads:
        for work in [threads.submit(desk.scheduler().work) for _ in range(4)]:
            work.result()

    assert len(desk.messages()) == len(desk.runs()) == 6
    assert {run.claims for run in desk.runs()} == {1}


def test_what_was_missed_is_made_up_once(desk: Desk) -> None:
    """QUEUE, clocks: after a downtime, not as often as it was due meanwhile."""
    schedule = desk.plan(cron="0 * * * *")

    desk.work(SUNDAY + 30 * HOUR)

    assert len(desk.messages()) == 1
    assert desk.schedule(schedule).next_at == SUNDAY + 31 * HOUR


@pytest.mark.both_engines
def test_a_clock_that_is_set_back_repeats_nothing(desk: Desk) -> None:
    """QUEUE, clocks; neither does an edit, for which the next time is found anew."""
    schedule = desk.plan()
    desk.work(MONDAY)

    desk.work(MONDAY - HOUR)
    desk.change(schedule, cron="0 9 * * *")
    assert desk.schedule(schedule).next_at == MONDAY
    desk.work(MONDAY)

    assert len(desk.messages()) == 1
    assert desk.schedule(schedule).next_at == MONDAY + 24 * HOUR


@pytest.mark.both_engines
def test_a_clock_that_was_ahead_silences_no_schedule(desk: Desk) -> None:
    """QUEUE, clocks: what is next is found anew once it is right, and what was run is not again."""
    schedule, scheduler = desk.plan(), desk.scheduler()
    desk.now = MONDAY + 52 * WEEK
    scheduler.work()
    desk.now = MONDAY - HOUR
    scheduler.work()
    desk.now = MONDAY
    scheduler.work()
    assert len(desk.messages()) == 1
    assert desk.schedule(schedule).next_at == MONDAY + WEEK
    desk.now = MONDAY + WEEK
    scheduler.work()
    assert len(desk.messages()) == 2


def test_a_clock_that_was_ahead_until_a_restart_silences_no_schedule(desk: Desk) -> None:
    """QUEUE, clocks: a machine that starts before it knows the time, and is started again."""
    schedule = desk.plan()
    desk.work(MONDAY + 52 * WEEK)
    desk.work(MONDAY - HOUR)
    assert desk.schedule(schedule).next_at == MONDAY
    desk.work(MONDAY)
    assert len(desk.messages()) == 1
    desk.work(MONDAY + WEEK)
    assert len(desk.messages()) == 2


@pytest.mark.both_engines
def test_a_run_whose_process_died_is_made_by_another(desk: Desk) -> None:
    """A deploy in the wrong moment loses no report."""
    desk.plan()
    desk.now = MONDAY
    with writing(db.session) as session:
        runs.begin_due(session, MONDAY)
        assert runs.claim(session, MONDAY)

    desk.work(MONDAY + runs.LEASE)
    assert desk.messages() == []
    desk.work(MONDAY + runs.LEASE * 1.01)

    assert len(desk.messages()) == 1


@pytest.mark.both_engines
def test_a_run_whose_process_died_by_a_clock_that_was_ahead_is_made_by_another(desk: Desk) -> None:
    """QUEUE, clocks: else the schedule would rest until that time comes."""
    desk.plan()
    ahead = MONDAY + WEEK * 52
    with writing(db.session) as session:
        runs.begin_due(session, ahead)
        assert runs.claim(session, ahead)
    desk.work(MONDAY)
    assert len(desk.messages()) == 1


def test_what_ends_the_process_each_time_is_given_up(desk: Desk) -> None:
    desk.plan()
    for number in range(3):
        with writing(db.session) as session:
            now = MONDAY + number * runs.LEASE * 1.01
            runs.begin_due(session, now)
            assert runs.claim(session, now)

    desk.work(MONDAY + 4 * runs.LEASE)

    assert desk.messages() == []
    assert "ended three times" in desk.error()


def test_whoever_is_too_slow_adds_no_second_message(desk: Desk) -> None:
    """QUEUE, failure 3: an end counts only where there is none."""
    desk.plan()
    desk.now = MONDAY

    def slow() -> Message:
        desk.mail.content("sales")(lambda: Message(body="Quick."))
        desk.work(MONDAY + runs.LEASE * 2)
        return Message(body="Slow.")

    desk.mail.content("sales")(slow)
    desk.work()

    ((_, content),) = desk.messages()
    assert content.get_payload() == "Quick."


def test_one_that_is_removed_while_it_runs_sends_nothing(desk: Desk) -> None:
    schedule = desk.plan()

    def removed() -> Message:
        with writing(db.session) as session:
            handling.remove(session, schedule, ADA)
        return Message(body="Seven.")

    desk.mail.content("sales")(removed)
    desk.work(MONDAY)

    assert desk.messages() == []


def test_what_takes_its_time_is_begun_by_nobody_else(desk: Desk) -> None:
    """A report of an hour is one report."""
    desk.plan()
    desk.now = MONDAY
    begun: list[datetime.datetime] = []
    scheduler = desk.scheduler()

    def slow() -> Message:
        begun.append(desk.now)
        for _ in range(3):
            desk.now += runs.LEASE * 0.9
            scheduler.renew()
            desk.scheduler().work()
        return Message(body="Slow.")

    desk.mail.content("sales")(slow)
    scheduler.work()
    scheduler.renew()

    assert begun == [MONDAY]
    assert len(desk.messages()) == 1


def test_one_that_still_runs_is_not_begun_again(desk: Desk) -> None:
    """What takes longer than its pause piles up nothing."""
    schedule = desk.plan(cron="* * * * *")
    with writing(db.session) as session:
        runs.begin_due(session, MONDAY)
        assert runs.claim(session, MONDAY)

    desk.work(MONDAY + HOUR / 60)

    assert len(desk.runs()) == 1
    with pytest.raises(StillRunning):
        desk.run_now(schedule)


@pytest.mark.both_engines
def test_a_paused_one_rests_and_makes_up_nothing(desk: Desk) -> None:
    schedule = desk.plan()
    with writing(db.session) as session:
        handling.pause(session, schedule, ADA, SUNDAY)
    desk.change(schedule, cron="0 10 * * MON")
    desk.work(MONDAY + HOUR)
    assert desk.schedule(schedule).paused_by == ADA.name

    with writing(db.session) as session:
        handling.resume(session, schedule, ADA, MONDAY + 2 * HOUR)
    desk.work(MONDAY + 3 * HOUR)

    assert desk.messages() == []
    assert desk.schedule(schedule).next_at == MONDAY + WEEK + HOUR


def test_it_can_be_run_by_hand_beside_its_times(desk: Desk) -> None:
    schedule = desk.plan()
    desk.run_now(schedule)

    desk.work()

    (run,) = desk.runs()
    assert (run.by, run.due_at, run.progress) == (ADA.name, SUNDAY, ScheduleRunState.ACCEPTED)
    assert desk.schedule(schedule).next_at == MONDAY


@pytest.mark.both_engines
def test_three_failures_in_a_row_are_in_the_audit_log_once(desk: Desk) -> None:
    """What fails says what to do next, and who looks is told that it goes on."""
    schedule = desk.plan(function="lost")
    for week in range(4):
        desk.work(MONDAY + week * WEEK)

    assert desk.schedule(schedule).failures == 4
    assert "“lost”. Register it there, or choose another." in desk.error()
    failing = select(AuditEntry).where(AuditEntry.action == AuditAction.SCHEDULE_FAILING)
    (entry,) = db.session.scalars(failing)
    assert entry.changes == {"schedule": [None, "Sales of the week"]}

    desk.change(schedule)
    desk.work(MONDAY + 4 * WEEK)
    assert desk.schedule(schedule).failures == 0


@pytest.mark.both_engines
def test_a_removed_one_takes_its_history_and_no_message_along(desk: Desk) -> None:
    schedule = desk.plan()
    desk.work(MONDAY)

    with writing(db.session) as session:
        handling.remove(session, schedule, ADA)

    assert desk.runs() == []
    assert len(desk.messages()) == 1


def test_old_runs_are_forgotten(desk: Desk) -> None:
    desk.plan()
    desk.work(MONDAY)
    with writing(db.session) as session:
        runs.forget(session, MONDAY + runs.KEPT)
        assert session.scalars(select(ScheduleRun)).all()
        runs.forget(session, MONDAY + runs.KEPT + HOUR)
        assert not session.scalars(select(ScheduleRun)).all()


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"sender": ""}, "There is no From to send by. Enter one on the SMTP page."),
        ({"subject": "7\r\nBcc: x@y.example"}, "(BadHeaderError). The log of the server has more."),
        ({"attachments": [Attachment("a", "none", b"7")]}, "(TypeError)"),
        ({"extra_headers": "X-Report"}, "(TypeError). The log of the server has more."),
    ],
)
def test_a_message_that_can_not_be_sent_fails_once(
    desk: Desk, message: dict[str, object], error: str
) -> None:
    """M8: header injection is impossible; what the host has put into it is told at once."""

    def wrong() -> Message:
        made = Message(body="Seven.")
        vars(made).update(message)
        return made

    desk.mail.content("sales")(wrong)
    desk.plan()
    desk.work(MONDAY)
    assert error in desk.error()
    assert desk.messages() == []


def test_content_comes_from_a_web_address_with_its_secret(
    desk: Desk, token_endpoint: StartTokenServer
) -> None:
    """M1; a lost key is told (V6)."""
    server = token_endpoint(Answer(200, b"7", {"Content-Type": "text/html"}))
    about: dict[str, Any] = {"function": "", "url": server.url, "header": "X-Key"}
    desk.plan(**about, secret=Secret("s3cret"))
    desk.work(MONDAY)
    ((_, content),) = desk.messages()
    text, html = [part.get_payload(decode=True) for part in content.walk()][-2:]
    assert (text, html) == (b"Sales", b"7")
    assert server.headers[0]["X-Key"] == "s3cret"

    desk.lose_key()
    desk.work(MONDAY + WEEK)
    assert "its key is gone. Edit the schedule" in desk.error()
