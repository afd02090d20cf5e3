"""SPEC A5 [L]: how mail stands, by Looker's names."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from smtp_panel.outbox.model import Pause
from smtp_panel.status.model import FORGOTTEN_AFTER, NODE_LEASE, Health, NodeStatus
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
    seen(client.panel, "gone", NODE_LEASE)
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


def test_only_the_fields_that_are_asked_for_are_told(client: Client) -> None:
    client.set(CUSTOM)
    told = {"is_valid": False, "node_status": [{"hostname": "test"}]}
    assert client.status("is_valid,node_status(hostname)") == told
    refused = client.ask("GET", STATUS, query_string={"fields": "valid"})
    assert refused.status_code == 400
    assert "is_valid, node_count, node_status" in told_by(refused)["message"]
