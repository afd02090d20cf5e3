"""The audit log, as programs read and search it (SPEC V5, A5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from smtp_panel.access.keys import KeyScope
from tests.api.conftest import Program, program_of, told_by


def entries(program: Program, **wanted: str) -> list[dict[str, Any]]:
    """The newest entries that are wanted."""
    found: list[dict[str, Any]] = told_by(program.ask("GET", f"/audit?{urlencode(wanted)}"))[
        "entries"
    ]
    return found


@pytest.mark.both_engines
def test_keys_of_one_name_are_told_apart(manager: Program) -> None:
    """V5: by the beginning of the client id; entries are found by either."""
    twin = program_of(manager.panel, KeyScope.MANAGE)
    for program, paused in ((manager, True), (twin, False)):
        assert program.ask("PUT", "/sending", {"paused": paused}).status_code == 200
    for program, action in ((manager, "sending.paused"), (twin, "sending.resumed")):
        (entry,) = entries(manager, actor=program.actor)
        assert (entry["action"], entry["actor"]) == (action, program.actor)
        assert entries(manager, action=action) == [entry]
    assert entries(manager, action="sending.paused", actor=twin.actor) == []


def test_a_key_is_not_taken_for_another_actor(manager: Program) -> None:
    """V5: whatever it is called."""
    made = {"name": "environment", "scopes": ["manage"]}
    told = told_by(manager.ask("POST", "/keys", made))
    environment = Program(manager.panel, manager.client, told["client_id"], told["client_secret"])
    environment.ask("PUT", "/sending", {"paused": True})
    name = f"key environment ({told['client_id'][:6]})"
    assert entries(manager)[0]["actor"] == name
    assert name in manager.panel.admin().page("/admin/audit").text


@pytest.mark.parametrize(
    ("query", "wrong"), [("action=nonsense", "action"), ("actor=%00", "actor"), ("who=x", "who")]
)
def test_what_cant_be_looked_for_is_refused(manager: Program, query: str, wrong: str) -> None:
    answer = manager.ask("GET", f"/audit?{query}")
    assert (answer.status_code, list(told_by(answer)["errors"])) == (422, [wrong])
