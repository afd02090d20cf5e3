"""The page of the kinds of mail: what each looks like, and whether alerts arrive (SPEC M1, W8)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from smtp_panel.mail.occasions import KINDS
from smtp_panel.outbox.model import Message, Recipient
from smtp_panel.secret import Secret
from smtp_panel.status.model import Health
from smtp_panel.storage import db
from smtp_panel.web.language import LANGUAGE_COOKIE
from tests.servers.receiver import Receiver
from tests.web.conftest import ADMIN, NOBODY, MakePanel, Panel
from tests.web.html import parse
from tests.web.test_notices import Monitoring

PAGE = "/admin/mail"


def accepted(panel: Panel) -> list[tuple[str, str]]:
    """Recipient and subject of each message in the outbox."""
    about = select(Recipient.address, Message.subject).join(
        Message, Message.id == Recipient.message
    )
    with panel.app.app_context():
        return [(address, subject) for address, subject in db.session.execute(about)]


def test_every_kind_of_mail_can_be_looked_at_in_both_languages(panel: Panel) -> None:
    """M1: from the page of all of them, as text and as HTML."""
    admin = panel.admin()
    page = admin.page(PAGE)
    links = [each.one("a")["href"] for each in page.all("div", data_kind=None)]
    assert len(links) == len(KINDS)
    for link in links:
        subjects = set()
        for language in ("en", "ja"):
            shown = admin.page(f"{link}?language={language}")
            subjects.add(shown.one("dd", data_subject=None).text)
            framed = admin.get(shown.one("iframe")["src"]).text
            assert f'<html lang="{language}">' in framed
        assert len(subjects) == 2


def test_what_is_shown_in_the_frame_runs_and_loads_nothing(panel: Panel) -> None:
    """DESIGN, Headers: only our own page may show it, and only there is a frame allowed."""
    admin = panel.admin()
    page = admin.get(f"{PAGE}/invitation")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert parse(page.text).one("iframe")["sandbox"] == ""
    framed = admin.get(f"{PAGE}/invitation/html")
    policy = framed.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'"} <= set(policy)
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    for other in (PAGE, "/admin/smtp"):
        assert "frame-src" not in admin.get(other).headers["Content-Security-Policy"]


def test_one_of_them_is_sent_to_whoever_asks_and_to_nobody_else(make_panel: MakePanel) -> None:
    """M1, L1: by the outbox; it counts as a test."""
    panel = make_panel(test_limit="1 per minute")
    admin = panel.admin()
    page = admin.page(f"{PAGE}/mail_failing")
    assert not page.all("form", action=f"{PAGE}/mail_failing")
    assert "once a mail service is set up" in page.text

    panel.saved(admin, **NOBODY)
    form = admin.page(f"{PAGE}/mail_failing?language=ja").one("form", action=f"{PAGE}/mail_failing")
    page = admin.follow(admin.post(form["action"], **form.form()))
    assert f"The mail to {ADMIN} waits in the outbox" in page.text
    ((recipient, subject),) = accepted(panel)
    assert recipient == ADMIN
    assert "メールが送信できていません" in subject
    assert admin.post(form["action"], **form.form()).status_code == 429
    assert len(accepted(panel)) == 1


def test_a_test_alert_says_what_the_webhook_answered(make_panel: MakePanel, hook: Receiver) -> None:
    """W8: what arrives is no outage."""
    panel = make_panel(alert_webhook=Secret(hook.url))
    admin = panel.admin()
    admin.page(PAGE)
    page = admin.follow(admin.post(PAGE))
    assert "The test alert has arrived" in page.text
    assert hook.requests[0].json["type"] == "alert.test"
    hook.status = 404
    page = admin.follow(admin.post(PAGE))
    assert "The test alert did not arrive. It answered 404." in page.text
    assert "s3cret" not in page.text


def test_each_alert_stands_on_the_page_with_whether_it_was_told(
    make_panel: MakePanel, hook: Receiver
) -> None:
    """W8."""
    panel = make_panel(alert_webhook=Secret(hook.url))
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    watch = Monitoring(panel)
    hook.status = 503
    watch.find(Health.FAILED)
    (alert,) = admin.page(PAGE).all("tr", data_alert="mail.broken")
    assert "Is tried again" in alert.text
    assert "It answered 503." in alert.text
    admin.client.set_cookie(LANGUAGE_COOKIE, "ja")
    (alert,) = admin.page(PAGE).all("tr", data_alert="mail.broken")
    assert "503 が返されました。" in alert.text
    admin.client.delete_cookie(LANGUAGE_COOKIE)
    hook.status = 204
    watch.turn(timedelta(hours=1))
    (alert,) = admin.page(PAGE).all("tr", data_alert="mail.broken")
    assert "Told" in alert.text


def test_without_a_webhook_the_page_says_how_there_is_one(panel: Panel) -> None:
    admin = panel.admin()
    assert "SMTP_PANEL_ALERT_WEBHOOK" in admin.page(PAGE).text
    assert admin.post(PAGE).status_code == 404
