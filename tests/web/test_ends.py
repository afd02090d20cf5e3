"""Admins are told by mail what ends, while mail still leaves (SPEC W6, M1)."""

from __future__ import annotations

from datetime import timedelta

from smtp_panel.alerts import ends
from smtp_panel.mail.occasions import ENDS_SOON
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, Fields, Panel
from tests.web.test_notices import outbox, read_in, text_of
from tests.web.test_oauth_fields import OAUTH


def look(panel: Panel, **later: int) -> None:
    """Let the installation look what is to be announced, so much later than now."""
    with panel.app.app_context(), writing(db.session) as session:
        ends.tell(session, panel.operations, utcnow() + timedelta(**later))


def ending_in(days: int) -> Fields:
    """The form with a client secret that ends after so many days."""
    return OAUTH | {"client_secret_ends": (utcnow() + timedelta(days=days)).date().isoformat()}


def show_certificate(panel: Panel, version: int) -> None:
    """Let a node have met a certificate that ends in five days, by this version of the settings."""
    now = utcnow()
    row = NodeStatus(
        node="web-9",
        found=Health.HEALTHY,
        since=now,
        checked_at=now,
        seen_at=now,
        settings_version=version,
        certificate_of="mail.test.example",
        certificate_ends=now + timedelta(days=5),
    )
    with panel.app.app_context(), writing(db.session) as session:
        session.merge(row)


def test_the_admins_who_want_it_are_told_each_time_once(panel: Panel) -> None:
    """W6: 30, 7 and 1 days ahead, in the language of each, with what to do."""
    panel.want(SECOND_ADMIN, ENDS_SOON)
    panel.saved(panel.admin(), **ending_in(40))
    look(panel)
    assert outbox(panel) == []
    for later in (15, 16, 34, 35, 39, 41):
        look(panel, days=later)
    messages = outbox(panel)
    assert [message["To"] for message in messages] == [SECOND_ADMIN] * 3
    assert (
        messages[0]["Subject"] == "The client secret of panel ends soon (mail of http://localhost)"
    )
    text = text_of(messages[0])
    assert "days left)" in text
    assert "(less than a day left)" in text_of(messages[2]), "no 0 days a day ahead"
    assert "Make a new one at your provider" in text
    assert "http://localhost/admin/smtp" in text
    assert "s3cret" not in str(messages[0])

    panel.want(ADMIN, ENDS_SOON)
    read_in(panel, ADMIN, "ja")
    panel.saved(panel.admin(), **ending_in(20), password=None)
    look(panel)
    headline = "「panel のクライアントシークレット」の有効期限がまもなく切れます"
    assert headline in str(outbox(panel)[3]["Subject"])
    told = text_of(outbox(panel)[3]).splitlines()[0]
    assert told.startswith(f"{headline}: ")
    assert told.endswith("日)")


def test_without_a_mail_service_it_is_announced_once_there_is_one(panel: Panel) -> None:
    """W6: nothing is taken for told that nobody was told."""
    panel.want(ADMIN, ENDS_SOON)
    show_certificate(panel, version=0)
    look(panel)
    assert outbox(panel) == []
    panel.saved(panel.admin(), **NOBODY)
    show_certificate(panel, version=1)
    look(panel)
    look(panel)
    assert [message["To"] for message in outbox(panel)] == [ADMIN]
