"""Warnings leave by another road than mail, once each (SPEC W4, W8)."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from standardwebhooks import Webhook as Verifier

from smtp_panel.alerts import delivery
from smtp_panel.alerts.alerts import Alerts
from smtp_panel.alerts.delivery import UNREADABLE
from smtp_panel.alerts.event import AlertEvent, AlertType, Outage
from smtp_panel.alerts.model import WEBHOOK, Alert, ToldLast
from smtp_panel.alerts.watch import MOMENT
from smtp_panel.alerts.webhook import Webhook
from smtp_panel.app import panel_app
from smtp_panel.outbox.model import Message, MessageState
from smtp_panel.status.standing import standing
from smtp_panel.storage import ONLY_ROW, db, utcnow, writing
from smtp_panel.telling.language import ENGLISH
from smtp_panel.telling.problem import problem_in
from smtp_panel.words import Sentence
from tests.alerts.conftest import SIGNING, URL, Watched
from tests.outbox.conftest import SILENT
from tests.servers.receiver import Receiver

NOTHING = Outage(installation="", since=utcnow(), cause="", remedy="", node="", waiting=0, url="")


def told(hook: Receiver) -> list[str]:
    """The types of what the receiver was told."""
    return [request.json["type"] for request in hook.requests]


@pytest.mark.both_engines
def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    watched: Watched, hook: Receiver
) -> None:
    """W8: signed as Standard Webhooks says, with what an admin has to know."""
    began = watched.now
    watched.breaks()
    watched.stands()
    watched.turn(hours=1)
    watched.works()
    watched.stands()
    watched.turn(hours=1)
    assert told(hook) == ["mail.broken", "mail.recovered"]

    broken, recovered = hook.requests
    assert broken.json["data"] == {
        "installation": URL,
        "since": began.isoformat(),
        "cause": SILENT.cause(),
        "remedy": SILENT.remedy(),
        "node": "",
        "waiting": 0,
        "url": f"{URL}/admin/smtp",
    }
    assert recovered.json["data"]["since"] == began.isoformat()
    assert recovered.json["timestamp"] > broken.json["timestamp"]
    for request in hook.requests:
        assert request.headers["content-type"] == "application/json"
        Verifier(SIGNING.reveal()).verify(request.body, dict(request.headers))
    assert broken.headers["webhook-id"] != recovered.headers["webhook-id"]


def test_what_lasts_for_a_moment_only_is_not_told(watched: Watched, hook: Receiver) -> None:
    """W4: nothing flaps, neither into an outage nor out of one."""
    watched.breaks()
    watched.turn()
    watched.turn(seconds=15)
    watched.works()
    watched.turn(seconds=3)
    watched.breaks()
    watched.turn(seconds=3)
    watched.turn(seconds=15)
    assert told(hook) == []

    watched.turn(seconds=5)
    watched.works()
    watched.turn(seconds=3)
    watched.breaks()
    watched.turn(hours=1)
    watched.turn(hours=1)
    assert told(hook) == ["mail.broken"]


def test_that_one_message_was_given_up_wakes_nobody(watched: Watched, hook: Receiver) -> None:
    """W3, W8: the pages warn of it, and mail leaves all the same."""
    given_up = {"state": MessageState.FAILED, "finished_at": watched.now, "diagnosis": None}
    words = dict.fromkeys(("sender", "subject", "message_id"), "")
    about = {"send_at": watched.now, "size": 1, "recipients": 1, **words}
    with watched.app.app_context(), writing(db.session) as session:
        session.add(Message(id="0" * 32, created_at=watched.now, **about, **given_up))
        session.flush()
        assert problem_in(standing(session, watched.now))
    watched.stands()
    assert told(hook) == []


def test_nobody_who_knows_whether_mail_works_is_no_recovery(
    watched: Watched, hook: Receiver
) -> None:
    """W3: a machine that is gone tells nothing, and nothing is told of it."""
    watched.breaks()
    watched.stands()
    watched.works()
    watched.turn(days=31)  # the node lives no longer
    watched.turn(hours=1)
    assert told(hook) == ["mail.broken"]


def test_what_is_not_taken_is_tried_again_with_growing_pauses_and_after_a_restart(
    watched: Watched, hook: Receiver
) -> None:
    """W8: the same alert, known by its id, and before the next one."""
    hook.status = 503
    watched.breaks()
    watched.stands()
    watched.works()
    watched.stands()
    tried = len(hook.requests)
    watched.turn()
    assert len(hook.requests) == tried
    watched.turn(hours=1)
    assert set(told(hook)) == {"mail.broken"}

    watched.app = panel_app(watched.config)
    hook.status = 200
    watched.turn(hours=1)
    watched.turn()
    watched.turn()
    *repeated, last = hook.requests
    assert len({request.headers["webhook-id"] for request in repeated}) == 1
    assert last.json["type"] == "mail.recovered"


def test_what_nobody_takes_for_three_days_is_given_up(watched: Watched, hook: Receiver) -> None:
    """W8: what comes after it is told all the same."""
    hook.status = 503
    watched.breaks()
    watched.stands()
    for _ in range(3):
        watched.turn(hours=23)
    tried = len(hook.requests)
    watched.turn(hours=4)
    watched.turn(hours=4)
    assert len(hook.requests) == tried + 1
    hook.status = 200
    watched.works()
    watched.stands()
    assert told(hook)[tried + 1 :] == ["mail.recovered"]


@pytest.mark.both_engines
def test_who_is_told_in_vain_keeps_no_other_waiting(watched: Watched) -> None:
    """W8: each receiver is told in order, and none has to wait for another."""
    with watched.app.app_context(), writing(db.session) as session:
        event = AlertEvent(AlertType.BROKEN, watched.now, NOTHING)
        for recipient in (WEBHOOK, WEBHOOK, "ada@example.com"):
            delivery.add(session, event, recipient)
        claimed = [delivery.claim(session, watched.now) for _ in range(3)]
    assert [each and each.recipient for each in claimed] == [WEBHOOK, "ada@example.com", None]


@pytest.mark.both_engines
def test_of_many_that_look_at_once_one_tells(watched: Watched, hook: Receiver) -> None:
    """W8: once for the installation, and not for each of its nodes and processes."""
    others = [panel_app(replace(watched.config, node=f"web-{number}")) for number in range(4)]
    hands = [(app, watched.alerts_of(app)) for app in others]

    def all_at_once() -> None:
        start = threading.Barrier(len(hands))

        def turn(app: Flask, alerts: Alerts) -> None:
            start.wait()
            with app.app_context():
                alerts.turn()

        threads = [threading.Thread(target=turn, args=each) for each in hands]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    watched.breaks()
    watched.turn()
    watched.now += MOMENT
    all_at_once()
    all_at_once()
    assert told(hook) == ["mail.broken"]


@pytest.mark.both_engines
def test_who_comes_too_late_does_not_say_what_became_of_an_alert(watched: Watched) -> None:
    """W8: its lease was over, and another process has told it since."""
    watched.breaks()
    watched.turn()
    with watched.app.app_context():
        with writing(db.session) as session:
            delivery.add(session, AlertEvent(AlertType.BROKEN, watched.now, NOTHING))
        with writing(db.session) as session:
            slow = delivery.claim(session, watched.now)
            assert delivery.claim(session, watched.now) is None
            quick = delivery.claim(session, watched.now + delivery.LEASE)
        assert slow
        assert quick
        assert slow.key == quick.key
        with writing(db.session) as session:
            delivery.finish(session, quick, "", watched.now)
            delivery.finish(session, slow, "It did not answer in time.", watched.now)
        alert = db.session.scalars(select(Alert)).one()
        assert (alert.due, alert.told_at, alert.why) == (None, watched.now, "")


def test_a_clock_that_was_ahead_keeps_no_alert_back(watched: Watched, hook: Receiver) -> None:
    """W8: neither one that was tried meanwhile, nor those after it."""
    hook.status = 500
    watched.turn(days=365)
    watched.breaks()
    watched.stands()
    hook.status = 204
    watched.turn(days=-365)
    assert told(hook) == ["mail.broken", "mail.broken"]


def test_what_a_clock_that_was_ahead_has_found_is_told_in_time(
    watched: Watched, hook: Receiver
) -> None:
    """W8: that mail is broken was seen a year ahead, and not told yet."""
    watched.turn(days=365)
    watched.breaks()
    watched.turn()
    watched.turn(days=-365)
    watched.turn(seconds=MOMENT.total_seconds())
    assert told(hook) == ["mail.broken"]


def test_an_alert_that_can_not_be_made_is_tried_ever_less_and_given_up(
    watched: Watched,
    hook: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """W8: by a mistake of ours; what comes after it is told all the same."""

    def fails(_self: Webhook, _key: str, _event: AlertEvent) -> None:
        raise KeyError("a mistake of ours")

    with monkeypatch.context() as mistaken:
        mistaken.setattr(Webhook, "post", fails)
        watched.breaks()
        watched.stands()
        tried = caplog.text.count("can't be told of mail.broken")
        watched.turn(seconds=1)
        assert caplog.text.count("can't be told of mail.broken") == tried == 1
        for _ in range(2):
            watched.turn(hours=37)
    watched.works()
    watched.stands()
    assert told(hook) == ["mail.recovered"]


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "unreadable", [{"facts": {}}, {"facts": {"since": "some day"}}, {"type": "mail.unheard_of"}]
)
def test_an_alert_that_can_not_be_read_keeps_no_other_back(
    watched: Watched, hook: Receiver, unreadable: dict[str, Any]
) -> None:
    """W8: whatever has written it; the page says that it was given up, and why."""
    with watched.app.app_context():
        with writing(db.session) as session:
            delivery.add(session, AlertEvent(AlertType.RECOVERED, watched.now, NOTHING))
        with writing(db.session) as session:
            session.execute(update(Alert).values(unreadable))
        watched.breaks()
        watched.stands()
        assert told(hook) == ["mail.broken"]
        given_up = db.session.scalars(select(Alert).order_by(Alert.id)).first()
        assert given_up
        assert (given_up.due, given_up.why) == (None, Sentence(UNREADABLE))


def test_what_was_told_in_other_languages_is_told_to_its_end(
    watched: Watched, hook: Receiver
) -> None:
    """A8, W8: by a version that knows more of them, or fewer."""
    watched.app = panel_app(replace(watched.config, alert_language="ja"))
    watched.breaks()
    watched.stands()
    with watched.app.app_context(), writing(db.session) as session:
        last = session.get_one(ToldLast, ONLY_ROW)
        english = (last.outage or {})[ENGLISH]
        last.outage = {ENGLISH: english, "de": english}
    watched.works()
    watched.stands()
    assert told(hook) == ["mail.broken", "mail.recovered"]


def test_what_a_newer_version_has_told_is_told_to_its_end(watched: Watched, hook: Receiver) -> None:
    """A8, W8: while machines are brought up to date one by one; what is not known is left out."""
    watched.breaks()
    watched.stands()
    with watched.app.app_context(), writing(db.session) as session:
        last = session.get_one(ToldLast, ONLY_ROW)
        last.outage = {name: {**each, "region": "eu"} for name, each in (last.outage or {}).items()}
    watched.works()
    watched.stands()
    assert told(hook) == ["mail.broken", "mail.recovered"]
