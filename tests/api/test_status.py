"""How mail stands, as programs are told (SPEC A5, W3, NAMES)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.status.model import NODE_LEASE, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.api.conftest import HELLO, Program, program_of, told_by
from tests.api.test_settings import put
from tests.api.test_tests import settings_of
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import Panel

STATUS = "/status"


@pytest.mark.both_engines
def test_it_follows_the_settings(manager: Program, smtpd: StartSmtpd) -> None:
    """NAMES: is_valid, and of each node its state, version and what is wrong; what waits."""
    server = smtpd("none")
    told = told_by(manager.ask("GET", STATUS))
    assert (told["is_valid"], told["nodes"], told["waiting"]) == (False, [], 0)
    for change, valid, state in (
        (settings_of(server), True, "valid"),
        ({"password": "wrong"}, False, "failing"),
    ):
        version = told_by(put(manager, **change))["version"]
        manager.panel.settle()
        told = told_by(manager.ask("GET", STATUS))
        (node,) = told["nodes"]
        assert (told["is_valid"], bool(told["message"])) == (valid, not valid)
        assert (node["name"], node["state"], bool(node["message"])) == ("test", state, not valid)
        assert node["settings_version"] == version
        assert node["seen_at"]


def test_what_waits_is_counted(manager: Program) -> None:
    manager.post(HELLO)
    assert told_by(manager.ask("GET", STATUS))["waiting"] == 1


def test_what_was_sent_lately_is_told_with_what_may_be(manager: Program) -> None:
    """M5: nothing so far, of a number that is not known."""
    sent = told_by(manager.ask("GET", STATUS))["sent"]
    assert list(sent) == ["minute", "hour", "day"]
    assert sent["day"] == {
        "sent": 0,
        "counts": "recipients",
        "limit": None,
        "kept": False,
        "varies": False,
        "documented_by": "",
        "source": "",
        "server_says": "",
        "goes_on_at": None,
    }


def test_a_node_that_is_gone_makes_nothing_invalid(manager: Program, smtpd: StartSmtpd) -> None:
    """NAMES, W3: it is listed for an hour, and says that it is gone."""
    put(manager, **settings_of(smtpd("none")))
    manager.panel.settle()
    now = utcnow()
    with manager.panel.app.app_context(), writing(db.session) as session:
        session.add(NodeStatus(node="old", since=now, checked_at=now, seen_at=now - NODE_LEASE))
    told = told_by(manager.ask("GET", STATUS))
    assert told["is_valid"]
    assert {each["name"]: each["state"] for each in told["nodes"]} == {
        "test": "valid", "old": "gone",
    }  # fmt: skip
    with manager.panel.app.app_context(), writing(db.session) as session:
        session.execute(update(NodeStatus).values(seen_at=now - NODE_LEASE - timedelta(seconds=1)))
    assert not told_by(manager.ask("GET", STATUS))["is_valid"]


@pytest.mark.parametrize(("scope", "status"), [(KeyScope.READ, 200), (KeyScope.SEND, 403)])
def test_a_key_that_may_read_may_see_it(panel: Panel, scope: KeyScope, status: int) -> None:
    """NAMES, scopes."""
    assert program_of(panel, scope).ask("GET", STATUS).status_code == status


def test_asked_again_within_a_second_it_costs_no_look_at_the_database(manager: Program) -> None:
    """A5: a key that was revoked lets nobody in; whatever else changes here is told at once."""
    first = told_by(manager.ask("GET", STATUS))
    manager.ask("GET", STATUS)  # that the key is used was noted with the first answer
    with manager.panel.queries() as queries:
        assert told_by(manager.ask("GET", STATUS)) == first
    assert queries == []
    manager.post(HELLO)
    assert told_by(manager.ask("GET", STATUS))["waiting"] == 1
    with manager.panel.app.app_context(), writing(db.session) as session:
        keys.revoke(session, manager.client_id, Actor("test"))
    assert manager.ask("GET", STATUS).status_code == 401
