"""Rows that a newer version has written, while machines are brought up to date one by one (A8)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select, text

from smtp_panel.access import links
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.links import Purpose
from smtp_panel.audit import Actor
from smtp_panel.runs.model import Run
from smtp_panel.storage import db, writing
from tests.api.conftest import program_of
from tests.outbox.conftest import SILENT, letter
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.web.conftest import TEST, Panel, fields_of
from tests.web.test_outbox import deliver

PAGES = (
    *("/admin/smtp", "/admin/outbox", "/admin/audit", "/admin/deliverability", "/admin/users"),
    *("/admin/keys", "/admin/senders", "/admin/mail", "/admin/schedules", "/"),
)
ANSWERS = (
    *("/api/v1/status", "/api/v1/audit", "/api/v1/sending", "/api/v1/outbox", "/api/v1/keys"),
    *("/api/v1/users", "/api/v1/settings", "/metrics"),
)
# A failure at a step, of a kind, and with a repair of which this version does not know.
FAILURE = SILENT.to_json() | {
    "id": "dane-broken",
    "stage": "dane",
    "field": "dane",
    "scope": "domain",
    "values": SILENT.values
    | {"stage": "dane", "kind": "tlsa", "security": "quic", "wait": "3", "wait_unit": "moon"},
    "offer": {"id": "without-dane", "changes": {"dane": ""}},
    "hints": ["dane"],
}
LADDER = [
    {"step": "dane", "state": "passed", "ms": 1.0, "detail": {}},
    {"step": "dns", "state": "doubted", "ms": 1.0, "detail": {}},
]


def as_text(data: Any) -> str:
    """JSON data as SQL has it."""
    return "'" + json.dumps(data).replace("'", "''").replace(":", r"\:") + "'"


AUDIT = (
    "INSERT INTO audit_entry (at, actor, address, action, changes)"
    " VALUES ('2026-11-30', 'ada@example.com', '', 'key.painted', '{}')"
)
NEWER = [
    AUDIT,
    "UPDATE node_status SET health = 'tired'",
    "UPDATE node_status SET egress_origin = 'guessed'",
    f"UPDATE node_status SET health = 'failed', diagnosis = {as_text(FAILURE)}",
    "UPDATE check_run SET verdict = 'read'",
    "UPDATE check_run SET kind = 'rehearsal'",
    "UPDATE check_run SET state = 'lost'",
    f'UPDATE check_run SET stages = \'["dane", "dns"]\', steps = {as_text(LADDER)}',
    f"UPDATE check_run SET verdict = 'failed', diagnosis = {as_text(FAILURE)}",
    f"UPDATE outbox_pause SET failures = 1, since = '2026-11-30', until = '2099-01-01',"
    f" diagnosis = {as_text(FAILURE)}",
    "UPDATE message SET state = 'bounced'",
    f"UPDATE message SET state = 'failed', diagnosis = {as_text(FAILURE)}",
    "UPDATE message_recipient SET state = 'bounced'",
    "UPDATE delivery_attempt SET state = 'bounced'",
    f"UPDATE delivery_attempt SET state = 'failed', stage = 'dane', diagnosis = {as_text(FAILURE)}",
    "UPDATE outbox_tally SET state = 'bounced'",
    "INSERT INTO outbox_limit SELECT substr(account, 1, 31) || '0', 'at_night', 3, slot,"
    " '2099-01-01', '', NULL FROM outbox_volume",
    "UPDATE users SET role = 'auditor' WHERE email != 'ada@example.com'",
    'UPDATE api_key SET scopes = \'["read", "paint"]\'',
    "UPDATE settings SET service = 'carrier pigeon'",
    "UPDATE settings SET tls_version = '1.4'",
    "UPDATE settings SET tls_start = 'quic'",
    "UPDATE settings SET auth = 'scram'",
    "UPDATE settings SET test_outcome = 'doubted'",
]


def store(panel: Panel, statement: str) -> None:
    """Write what a newer version writes."""
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", NEWER)
def test_what_a_newer_version_has_stored_closes_no_page(
    panel: Panel, smtpd: StartSmtpd, scripted: StartScripted, statement: str
) -> None:
    """A8: this version tells what it knows."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    panel.tested(admin)
    mail = letter(subject="Report")
    with panel.app.app_context():
        panel.operations.outbox.accept(mail)
    deliver(panel, scripted, "554 5.7.1 Rejected as spam")
    program = program_of(panel, KeyScope.READ)
    with panel.app.app_context():
        tested = db.session.scalars(select(Run.id)).all()
    store(panel, statement)
    for path in (*PAGES, f"/admin/outbox/{mail.id}"):
        assert admin.get(path).status_code == 200, path
    for each in tested:
        assert admin.get(f"{TEST}/{each}").status_code in {200, 404}
    for path in (*ANSWERS, f"/api/v1/messages/{mail.id}"):
        assert program.get(path).status_code == 200, path


def test_a_link_for_what_only_a_newer_version_knows_is_refused(panel: Panel) -> None:
    """A1: nobody sets a password by it."""
    with panel.app.app_context(), writing(db.session) as session:
        token = links.create(session, Purpose.FIRST_ADMIN, Actor("test"))
    store(panel, "UPDATE one_time_link SET purpose = 'paint'")
    page = panel.visitor().get(links.url_path(token))
    assert page.status_code in {404, 410}


def test_the_audit_log_names_what_only_a_newer_version_knows(panel: Panel) -> None:
    """V5: by the name that programs read."""
    store(panel, AUDIT)
    assert "key.painted" in panel.admin().page("/admin/audit").text
