"""Sending is paused, or everything goes elsewhere, by the word of a program (SPEC A5, M5)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.access.keys import KeyScope
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import learn
from smtp_panel.storage import db, utcnow, writing
from tests.api.conftest import Program, program_of, told_by
from tests.web.conftest import Panel


def got(manager: Program, path: str) -> dict[str, Any]:
    """What is told there."""
    return told_by(manager.ask("GET", path))


@pytest.mark.both_engines
def test_sending_is_paused_and_goes_on(manager: Program) -> None:
    """M5: GET tells what PUT has done, and who did it."""
    for paused, by in ((True, manager.actor), (False, None)):
        answer = manager.ask("PUT", "/sending", {"paused": paused})
        assert answer.status_code == 200
        assert told_by(answer) == got(manager, "/sending")
        told = got(manager, "/sending")
        assert (told["paused"], told["paused_by"], told["failures"]) == (paused, by, 0)
        assert bool(told["paused_at"]) is paused


@pytest.mark.both_engines
def test_everything_goes_to_one_address_and_to_its_recipients_again(manager: Program) -> None:
    """Staging: what GET gives can be sent again; null ends it."""
    staged = {"to": "qa@acme.example", "exceptions": ["acme.example"]}
    for wanted, by in ((staged, manager.actor), ({"to": None, "exceptions": []}, None)):
        told = told_by(manager.ask("PUT", "/staging", wanted))
        assert told == got(manager, "/staging")
        assert told == wanted | {"staged_by": by, "staged_at": told["staged_at"]}
        assert (told["staged_at"] is None) is (by is None)
    actions = [each["action"] for each in got(manager, "/audit")["entries"][:2]]
    assert actions == ["staging.off", "staging.on"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"to": "sandbox"}, "to"),
        ({"to": ""}, "to"),
        ({"to": "qa"}, "to"),
        ({"to": None, "exceptions": ["a b@"]}, "exceptions"),
        ({}, "to"),
    ],
)
def test_what_can_not_be_is_told_by_field_and_changes_nothing(
    manager: Program, body: dict[str, object], wrong: str
) -> None:
    """There is no sandbox in this panel."""
    answer = manager.ask("PUT", "/staging", body)
    assert answer.status_code == 422
    assert list(told_by(answer)["errors"]) == [wrong]
    assert got(manager, "/staging")["to"] is None


@pytest.mark.parametrize("path", ["/sending", "/staging"])
def test_a_key_that_may_read_may_see_it_and_change_nothing(panel: Panel, path: str) -> None:
    """NAMES, scopes."""
    program = program_of(panel, KeyScope.READ)
    assert program.ask("GET", path).status_code == 200
    assert program.ask("PUT", path, {"paused": True}).status_code == 403


def test_a_limit_is_lifted_until_the_server_names_one_again(manager: Program) -> None:
    """M5: as /status tells; the audit log says who."""
    panel = manager.panel
    with panel.app.app_context(), writing(db.session) as session:
        account, day = panel.operations.account(session).key, (LimitKind.PER_DAY, 300)
        learn(session.connection(), *day, account=account, now=utcnow(), says="452 Enough")
    for kept, most in ((False, 300), (True, None)):
        told = told_by(manager.ask("PUT", "/limits", {"span": "day", "kept": kept}))
        assert (told["day"]["limit"], told["day"]["kept"]) == (most, False)
        assert told == got(manager, "/status")["sent"]
    (second, first) = got(manager, "/audit")["entries"][:2]
    assert (first["action"], second["action"]) == ("limit.lifted", "limit.kept")
    assert {first["actor"], second["actor"]} == {manager.actor}
    assert manager.ask("PUT", "/limits", {"span": "year", "kept": True}).status_code == 422
