"""A program that asks by Looker's API, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.settings.saved import Saved
from smtp_panel.storage import db
from tests.api.conftest import program_of, told_by
from tests.web.conftest import Panel

LOGIN, LOGOUT = "/api/4.0/login", "/api/4.0/logout"
SETTINGS, STATUS = "/api/4.0/smtp_settings", "/api/4.0/smtp_status"
PASSWORD = "hunter2-and-more"
# A port of loopback at which nobody listens, so that a check fails at once.
CUSTOM: dict[str, Any] = {
    "address": "127.0.0.1",
    "port": 1,
    "from": "Panel <panel@test.example>",
    "enable_starttls_auto": False,
    "user_name": "panel",
    "password": PASSWORD,
}


class Client:
    """A program that has signed in with a key that has `scope`."""

    def __init__(self, panel: Panel, scope: KeyScope = KeyScope.MANAGE) -> None:
        self.panel = panel
        self.key = program_of(panel, scope)
        self.http: FlaskClient = panel.visitor().client
        self.token: str = told_by(self.login())["access_token"]

    def login(self, **fields: str) -> TestResponse:
        """Sign in with these fields of the form, or with the key."""
        form = {"client_id": self.key.client_id, "client_secret": self.key.secret}
        return self.http.post(LOGIN, data=form | fields)

    def ask(self, method: str, path: str, scheme: str = "Bearer", **options: Any) -> TestResponse:
        """Make a request with the token; of two slashes a client would make another host."""
        headers = {"Authorization": f"{scheme} {self.token}"}
        there = {"PATH_INFO": path}
        return self.http.open(method=method, environ_overrides=there, headers=headers, **options)

    def set(self, body: Mapping[str, Any] | None = None, **fields: Any) -> TestResponse:
        """Set the settings to these fields; `body` is for names that Python reserves."""
        answer = self.ask("POST", SETTINGS, json={**(body or {}), **fields})
        self.panel.settle()
        return answer

    def status(self, fields: str = "") -> dict[str, Any]:
        """How mail stands."""
        return told_by(self.ask("GET", STATUS, query_string={"fields": fields} if fields else {}))


def saved(panel: Panel) -> Saved:
    """The settings in force."""
    with panel.app.app_context():
        return panel.operations.saved(db.session())


def wrong(answer: TestResponse) -> dict[str, tuple[str, str]]:
    """Code and message of what is wrong, by field; the rest of the answer is as Looker's."""
    assert answer.status_code == 422, answer.text
    told = told_by(answer)
    assert (set(told), told["documentation_url"]) == (
        {"message", "documentation_url", "errors"},
        "",
    )
    assert all(each.pop("documentation_url") == "" for each in told["errors"])
    return {each["field"]: (each["code"], each["message"]) for each in told["errors"]}


def entries(panel: Panel, action: AuditAction) -> list[AuditEntry]:
    """What the audit log tells of this, the newest first."""
    with panel.app.app_context():
        found = select(AuditEntry).where(AuditEntry.action == action)
        return list(db.session.scalars(found.order_by(AuditEntry.id.desc())))


@pytest.fixture
def client(panel: Panel) -> Client:
    """A program that may manage everything."""
    return Client(panel)
