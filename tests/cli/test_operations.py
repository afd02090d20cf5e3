"""SPEC A6: the command line does everything of the API, and tells as much."""

from __future__ import annotations

import json
from typing import Any

from smtp_panel.access import keys, users
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.users import Role
from smtp_panel.api.audit import EntryOfAudit
from smtp_panel.api.keys import Key
from smtp_panel.api.openapi import description
from smtp_panel.api.schedules_types import OneSchedule, RunOfSchedule
from smtp_panel.api.users import User
from smtp_panel.audit import Actor
from smtp_panel.storage import db, writing
from tests.cli.test_help import ALL
from tests.web.conftest import Panel

COMMANDS = {
    "GET /audit": "smtp audit",
    "GET /deliverability": "smtp deliverability",
    "GET /find": "smtp find",
    "GET /keys": "keys list",
    "POST /keys": "keys create",
    "POST /keys/{client_id}/revoke": "keys revoke",
    "POST /keys/{client_id}/rotate": "keys rotate",
    "PUT /limits": "smtp limit",
    "POST /messages": "smtp send",
    "GET /messages/{message_id}": "smtp message",
    "POST /messages/{message_id}/cancel": "smtp cancel",
    "POST /messages/{message_id}/count-as-sent": "smtp count-as-sent",
    "POST /messages/{message_id}/resend": "smtp resend",
    "GET /outbox": "smtp queue",
    "POST /outbox/uncertain": "smtp uncertain",
    "GET /schedules": "smtp schedules list",
    "POST /schedules": "smtp schedules create",
    "GET /schedules/{schedule_id}": "smtp schedules list",
    "PUT /schedules/{schedule_id}": "smtp schedules change",
    "DELETE /schedules/{schedule_id}": "smtp schedules remove",
    "POST /schedules/{schedule_id}/pause": "smtp schedules pause",
    "POST /schedules/{schedule_id}/resume": "smtp schedules resume",
    "POST /schedules/{schedule_id}/run": "smtp schedules run",
    "GET /schedules/{schedule_id}/runs": "smtp schedules history",
    "GET /sending": "smtp queue",
    "PUT /sending": "smtp pause",
    "GET /settings": "smtp show",
    "PUT /settings": "smtp set",
    "GET /staging": "smtp staging",
    "PUT /staging": "smtp staging",
    "GET /status": "smtp status",
    "POST /test": "smtp test",
    "GET /tests/{test_id}": "smtp test",  # which waits for the end
    "GET /users": "users list",
    "POST /users": "users create",
    "GET /users/{user_id}": "users list",
    "DELETE /users/{user_id}": "users remove",
    "POST /users/{user_id}/end-sessions": "users end-sessions",
    "POST /users/{user_id}/link": "users reset-link",
    "POST /users/{user_id}/role": "users role",
}


def test_each_operation_of_the_api_has_its_command_with_json(panel: Panel) -> None:
    """A6: `smtp resume` undoes what `smtp pause` does."""
    with panel.app.app_context():
        paths = description()["paths"]
    for path, methods in paths.items():
        for method in methods:
            words = COMMANDS[f"{method.upper()} {path.removeprefix('/api/v1')}"]
            assert "as_json" in {each.name for each in ALL[words].command.params}, words


def test_what_the_api_tells_of_a_thing_the_command_line_tells_as_well(panel: Panel) -> None:
    """A6."""
    with panel.app.app_context(), writing(db.session) as session:
        keys.create(session, "Billing", [KeyScope.SEND], Actor("test"))
        users.create_user(session, email="bob@example.com", role=Role.MEMBER, by=Actor("test"))

    def told(*words: str) -> Any:
        return json.loads(panel.app.test_cli_runner().invoke(args=[*words, "--json"]).stdout)

    plan = ("--name", "Sales", "--url", "https://example.com/", "--to", "bob@example.com")
    told("smtp", "schedules", "create", *plan, "--subject", "Sales", "--cron", "0 9 * * MON")
    told("smtp", "schedules", "run", "1")
    (schedule,) = told("smtp", "schedules", "list")["schedules"]
    assert schedule.keys() >= OneSchedule.model_fields.keys()
    assert schedule["last"].keys() >= RunOfSchedule.model_fields.keys()
    (key,) = told("keys", "list")["keys"]
    assert key.keys() >= Key.model_fields.keys()
    assert told("smtp", "audit")["entries"][0].keys() >= EntryOfAudit.model_fields.keys()
    # Commands call an account by its mail address, or by its name at the proxy.
    assert told("users", "list")["users"][0].keys() >= User.model_fields.keys() - {"known_as"}
