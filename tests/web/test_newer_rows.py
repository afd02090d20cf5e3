"""Rows that a newer version has written, while machines are brought up to date one by one (A8)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from smtp_panel.access.keys import KeyScope
from smtp_panel.storage import db, writing
from tests.api.conftest import program_of
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import Panel, fields_of

PAGES = ("/admin/smtp", "/admin/outbox", "/admin/audit", "/admin/deliverability", "/admin/users")
ANSWERS = ("/api/v1/status", "/api/v1/audit", "/api/v1/sending", "/metrics")
NEWER = [
    "UPDATE node_status SET health = 'tired'",
    "UPDATE node_status SET egress_origin = 'guessed'",
    "UPDATE check_run SET verdict = 'read'",
    "INSERT INTO audit_entry (at, actor, address, action, changes)"
    " VALUES ('2026-11-30', 'ada@example.com', '', 'key.painted', '{}')",
]


def store(panel: Panel, statement: str) -> None:
    """Write what a newer version writes."""
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", NEWER)
def test_what_a_newer_version_has_stored_closes_no_page(
    panel: Panel, smtpd: StartSmtpd, statement: str
) -> None:
    """A8: this version tells what it knows."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    panel.tested(admin)
    store(panel, statement)
    program = program_of(panel, KeyScope.READ)
    for path in PAGES:
        assert admin.get(path).status_code == 200, path
    for path in ANSWERS:
        assert program.get(path).status_code == 200, path


def test_the_audit_log_names_what_only_a_newer_version_knows(panel: Panel) -> None:
    """V5: by the name that programs read."""
    store(panel, NEWER[-1])
    assert "key.painted" in panel.admin().page("/admin/audit").text
