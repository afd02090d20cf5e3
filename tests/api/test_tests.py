"""Tests of the mail path that programs start (SPEC A5, T1 to T6, NAMES)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.settings import model
from smtp_panel.storage import ONLY_ROW, db
from tests.api.conftest import Program, program_of, told_by, wrong
from tests.api.test_settings import put
from tests.nodes.conftest import Node
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import SubmissionServer
from tests.web.conftest import ADMIN, MEMBER, SECOND_ADMIN, MakePanel, fields_of

TEST = "/test"
# A port of loopback at which nobody listens.
NOBODY: dict[str, Any] = {"server": "127.0.0.1", "port": 1, "sender": "a@test.example"}


def settings_of(server: SubmissionServer) -> dict[str, Any]:
    """The settings that lead to `server`."""
    fields = {name: text for name, text in fields_of(server).items() if text is not None}
    return {**fields, "port": server.port, "tls": False}


def start(manager: Program, **asked: Any) -> TestResponse:
    """Start a test for the first admin, and wait for its end."""
    answer = manager.ask("POST", TEST, {"to": ADMIN} | asked)
    manager.panel.settle()
    return answer


def ended(manager: Program, **asked: Any) -> dict[str, Any]:
    """How a test ended, by asking where its Location says."""
    answer = start(manager, **asked)
    assert answer.status_code == 202, answer.text
    told = told_by(answer)
    assert answer.headers["Location"] == f"/api/v1/tests/{told['id']}"
    assert told["state"] == "running"
    return told_by(manager.ask("GET", f"/tests/{told['id']}"))


@pytest.mark.both_engines
def test_a_test_is_followed_to_its_end(manager: Program, smtpd: StartSmtpd) -> None:
    """NAMES: 202, id, Location; there state and steps as the command line has them; T1, T4, T5."""
    server = smtpd("none")
    told = ended(manager, settings=settings_of(server))
    assert (told["state"], told["verdict"], told["diagnosis"]) == ("passed", "accepted", None)
    assert "not arrival" in told["message"]
    steps = {each["step"]: each for each in told["steps"]}
    assert list(steps) == [
        *("dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"),
    ]  # fmt: skip
    assert set(steps["connect"]) == {"step", "state", "ms", "detail"}
    (message,) = server.messages
    assert message.recipients == (ADMIN,)
    assert b"Billing" in message.content


def test_a_failure_is_diagnosed(manager: Program, smtpd: StartSmtpd) -> None:
    """NAMES: as `smtp check --json` has it; T6, in the language that is asked for."""
    wrong_password = settings_of(smtpd("none")) | {"password": "wrong"}
    asked = manager.ask(
        "POST", TEST, {"to": ADMIN, "settings": wrong_password}, {"Accept-Language": "ja"}
    )
    manager.panel.settle()
    path = asked.headers["Location"].removeprefix("/api/v1")
    for language, word in (("en", "password"), ("ja", "パスワード")):
        told = told_by(manager.ask("GET", path, headers={"Accept-Language": language}))
        diagnosis = told["diagnosis"]
        assert (told["state"], diagnosis["stage"], diagnosis["field"]) == (
            "failed", "auth", "password",
        )  # fmt: skip
        assert word in diagnosis["remedy"]
        assert {"id", "cause", "retryable", "scope", "server_says", "repair"} <= set(diagnosis)


def test_without_a_body_the_settings_in_force_are_tested_for_the_maker_of_the_key(
    manager: Program, smtpd: StartSmtpd
) -> None:
    """NAMES: to, else the key's maker, else 422."""
    server = smtpd("none")
    assert put(manager, **settings_of(server)).status_code == 200
    assert list(wrong(manager.ask("POST", TEST))) == ["to"]
    hers = program_of(manager.panel, KeyScope.MANAGE, maker=SECOND_ADMIN)
    assert hers.ask("POST", TEST).status_code == 202
    manager.panel.settle()
    assert [each.recipients for each in server.messages] == [(SECOND_ADMIN,)]


@pytest.mark.parametrize("to", [MEMBER, "stranger@elsewhere.example", "", "no address", "\0"])
def test_nobody_but_an_admin_gets_a_test_message(manager: Program, to: str) -> None:
    """T1."""
    assert "admin" in wrong(start(manager, to=to, settings=NOBODY))["to"]


def test_what_is_wrong_is_told_before_anything_connects(manager: Program) -> None:
    """T2, F9: a field, the password that is asked for again, a node that is none."""
    assert put(manager, **NOBODY, username="ada", password="hunter2").status_code == 200
    assert list(wrong(start(manager, settings={"port": 0}))) == ["port"]
    assert "again" in wrong(start(manager, settings={"server": "localhost"}))["password"]
    assert list(wrong(start(manager, node="elsewhere"))) == ["node"]
    assert list(wrong(start(manager, nodes="test"))) == ["nodes"]


def test_tests_are_counted_by_the_key(make_panel: MakePanel) -> None:
    """L1, L2: 429 with Retry-After."""
    manager = program_of(make_panel(test_limit="1 per minute"), KeyScope.MANAGE)
    assert ended(manager, settings=NOBODY)["diagnosis"]["stage"] == "connect"
    answer = start(manager, settings=NOBODY)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_past_the_pool_it_says_busy(make_panel: MakePanel) -> None:
    """DESIGN: never a queue that hangs."""
    panel = make_panel(test_pool=1)
    manager = program_of(panel, KeyScope.MANAGE)
    with panel.operations.runner.reserve():
        answer = start(manager, settings=NOBODY)
    assert answer.status_code == 429
    assert "under way" in told_by(answer)["message"]
    assert int(answer.headers["Retry-After"]) > 0


def test_what_the_guard_refuses_is_a_failed_test(make_panel: MakePanel) -> None:
    """L3: what the operator forbids is never dialled, and the diagnosis says so."""
    manager = program_of(make_panel(block_private=True), KeyScope.MANAGE)
    told = ended(manager, settings=NOBODY)
    assert told["state"] == "failed"
    assert "SMTP_PANEL_BLOCK_PRIVATE" in told["diagnosis"]["remedy"]


def test_it_is_in_the_audit_log_and_a_save_remembers_it(
    manager: Program, smtpd: StartSmtpd
) -> None:
    """V4, V5: by the name of the key; a test by another key is none of this one's."""
    settings = settings_of(smtpd("none"))
    assert ended(manager, settings=settings)["state"] == "passed"
    other = program_of(manager.panel, KeyScope.MANAGE)
    for saver, tested in ((other, model.Tested.UNTESTED), (manager, model.Tested.PASSED)):
        assert put(saver, **settings).status_code == 200
        with manager.panel.app.app_context():
            assert db.session.get_one(model.Settings, ONLY_ROW).test_outcome is tested
            started = AuditEntry.action == AuditAction.TEST_STARTED
            actors = db.session.scalars(select(AuditEntry.actor).where(started)).all()
            assert actors == [manager.actor]


def test_every_node_is_asked_at_once(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """NAMES, A8: `all`; the test is running until each has answered, and failed if one has."""
    server = smtpd("none")
    here, there = (
        Node(make_panel(node=name, worker=False, **more))
        for name, more in (("web-1", {}), ("web-2", {"block_private": True}))
    )
    manager = program_of(here.panel, KeyScope.MANAGE)
    answer = manager.ask(
        "POST", TEST, {"to": ADMIN, "node": "all", "settings": settings_of(server)}
    )
    path = answer.headers["Location"].removeprefix("/api/v1")

    def states() -> list[str]:
        told = told_by(manager.ask("GET", path))
        return [told["state"], *(each["state"] for each in told["nodes"])]

    assert states() == ["running", "running", "running"]
    here.answer()
    assert states() == ["running", "passed", "running"]
    there.answer()
    assert states() == ["failed", "passed", "failed"]
    told = told_by(manager.ask("GET", path))
    assert (told["node"], told["nodes"][0]["node"]) == ("web-2", "web-1")
    assert told["diagnosis"]


def test_one_node_is_asked_by_its_name(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """NAMES, A8."""
    server = smtpd("none")
    here, there = (Node(make_panel(node=name, worker=False)) for name in ("web-1", "web-2"))
    manager = program_of(here.panel, KeyScope.MANAGE)
    answer = manager.ask(
        "POST", TEST, {"to": ADMIN, "node": "web-2", "settings": settings_of(server)}
    )
    there.answer()
    told = told_by(manager.ask("GET", answer.headers["Location"].removeprefix("/api/v1")))
    assert (told["node"], told["state"], told["nodes"]) == ("web-2", "passed", [])


@pytest.mark.parametrize("test_id", ["unknown", "%00", "%ff", "é" * 40, "0" * 400])
def test_a_test_that_does_not_exist_is_404(manager: Program, test_id: str) -> None:
    assert manager.ask("GET", f"/tests/{test_id}").status_code == 404


def test_a_key_that_may_read_follows_tests_and_starts_none(manager: Program) -> None:
    """NAMES, scopes."""
    path = f"/tests/{ended(manager, settings=NOBODY)['id']}"
    reader = program_of(manager.panel, KeyScope.READ)
    assert reader.ask("GET", path).status_code == 200
    assert reader.ask("POST", TEST).status_code == 403
    assert program_of(manager.panel, KeyScope.SEND).ask("GET", path).status_code == 403
