"""SPEC A5 [L]: how mail stands, by Looker's names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from smtp_panel.outbox.model import Pause
from smtp_panel.status.model import FORGOTTEN_AFTER, LEASE, Health, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.api.conftest import told_by
from tests.api.looker.conftest import (
    CUSTOM,
    STATUS,
    Client,
)
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import USERS
from tests.web.conftest import Panel


def test_the_status_of_a_server_that_takes_mail_is_valid(client: Client, smtpd: StartSmtpd) -> None:
    server = smtpd("none")
    (username, password), *_ = USERS.items()
    there = {"address": server.host, "port": server.port, "user_name": username}
    assert client.status() == {"is_valid": False, "node_count": 0, "node_status": []}
    assert client.set(CUSTOM, **there, password=password).status_code == 204
    node = {"is_valid": True, "message": "", "hostname": "test"}
    assert client.status() == {"is_valid": True, "node_count": 1, "node_status": [node]}


def test_where_the_service_takes_no_mail_no_node_is_valid(
    client: Client, smtpd: StartSmtpd
) -> None:
    """W3: real mail fails, though every check passes."""
    server = smtpd("none", auth=())
    client.set(CUSTOM, address=server.host, port=server.port, user_name="")
    with client.panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Pause).values(failures=3, since=utcnow()))
    status = client.status()
    assert status["is_valid"] is False
    (node,) = status["node_status"]
    assert (node["is_valid"], "Mail is not leaving" in node["message"]) == (False, True)


def seen(panel: Panel, node: str, ago: timedelta) -> None:
    """Let `node` be a node that was found to be broken, and last seen so long `ago`."""
    moment = utcnow() - ago
    with panel.app.app_context(), writing(db.session) as session:
        version = session.get_one(NodeStatus, "test").settings_version
        session.add(
            NodeStatus(
                node=node,
                found=Health.FAILED,
                since=moment,
                checked_at=moment,
                seen_at=moment,
                settings_version=version,
            )
        )


def test_a_node_that_is_gone_is_listed_for_an_hour_and_makes_nothing_invalid(
    client: Client, smtpd: StartSmtpd
) -> None:
    """NAMES, W3: with a message that says so."""
    server = smtpd("none", auth=())
    there = {"address": server.host, "port": server.port, "user_name": ""}
    client.set(CUSTOM, **there)
    seen(client.panel, "gone", LEASE)
    seen(client.panel, "forgotten", FORGOTTEN_AFTER)
    status = client.status()
    assert (status["is_valid"], status["node_count"]) == (True, 2)
    assert [each["hostname"] for each in status["node_status"]] == ["test", "gone"]
    gone = status["node_status"][1]
    assert (gone["is_valid"], "is gone" in gone["message"]) == (False, True)


def test_a_node_that_was_not_checked_yet_is_not_valid_and_says_why(client: Client) -> None:
    client.set(CUSTOM)
    with client.panel.app.app_context(), writing(db.session) as session:
        session.execute(update(NodeStatus).values(settings_version=0))
    (node,) = client.status()["node_status"]
    assert (node["is_valid"], "Not checked yet" in node["message"]) == (False, True)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("is_valid", {"is_valid": False}),
        ("node_count, is_valid", {"is_valid": False, "node_count": 1}),
        (
            "is_valid,node_status(hostname)",
            {"is_valid": False, "node_status": [{"hostname": "test"}]},
        ),
        (
            "node_status( hostname , is_valid ),",
            {"node_status": [{"hostname": "test", "is_valid": False}]},
        ),
    ],
)
def test_only_the_fields_that_are_asked_for_are_told(
    client: Client, fields: str, told: dict[str, Any]
) -> None:
    client.set(CUSTOM)
    assert client.status(fields) == told
    whole = client.status()
    assert client.status("node_status,node_count,is_valid") == client.status(" ") == whole


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ("valid", "is_valid, node_count, node_status"),
        ("node_status(node)", "is_valid, message, hostname"),
        ("is_valid(x)", "is_valid, node_count, node_status"),
        ("is_valid(", "is_valid,node_count,node_status"),
        ("a b", "is_valid,node_count,node_status"),
        ("node_status(hostname(x))", "is_valid,node_count,node_status"),
        (",", "is_valid,node_count,node_status"),
    ],
)
def test_fields_that_there_are_not_are_told_with_those_that_there_are(
    client: Client, fields: str, named: str
) -> None:
    answer = client.ask("GET", STATUS, query_string={"fields": fields})
    assert answer.status_code == 400
    assert named in told_by(answer)["message"]
