"""Two nodes over PostgreSQL and Redis, with two processes each (SPEC A8)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.error import HTTPError

import pytest

from smtp_panel.status.model import NODE_LEASE, NodeState
from tests.cli.conftest import Command
from tests.deployed import PAGE, Visitor
from tests.nodes.deployment import Deployment, at, press
from tests.servers.fixtures import StartSmtpd
from tests.servers.processes import wait_until
from tests.web.conftest import NOBODY, fields_of

TEST = f"{PAGE}/test"
# With a password, which is asked for again where another server is saved.
NOWHERE = NOBODY | {"service": "custom", "username": "ada", "password": "typed", "tls": None}
VALID = (NodeState.VALID, True)


def test_what_is_saved_on_one_node_is_in_force_on_all_and_each_reports_how_it_stands(
    installation: Deployment, visitor: Visitor, smtpd: StartSmtpd
) -> None:
    """A8, W5: the other has checked it by itself within seconds."""
    server = smtpd("none")
    press(visitor, PAGE, fields_of(server))
    wait_until(lambda: installation.states() == {"web-1": VALID, "web-2": VALID})
    page = at(visitor, installation.machines[1]).page
    assert page.id("port")["value"] == str(server.port)
    listed = {row["data-node"]: row["data-state"] for row in page.id("nodes").all(data_node=None)}
    assert listed == {"web-1": "passed", "web-2": "passed"}


def test_a_test_of_all_nodes_comes_from_each_of_them(
    installation: Deployment, visitor: Visitor, smtpd: StartSmtpd
) -> None:
    """A8: by what is typed at one, the password too, and each begins by itself."""
    server = smtpd("none")
    press(visitor, TEST, fields_of(server) | {"node": "all"})

    def ended() -> bool:
        return not visitor.load(visitor.url).all("meta", http_equiv="refresh")

    wait_until(ended)
    result = visitor.page.id("test-result")
    assert result["data-state"] == "passed", result.text
    assert [row["data-node"] for row in result.all(data_node=None)] == ["web-1", "web-2"]
    assert len(server.messages) == 2


def test_the_command_line_asks_all_nodes_and_waits_for_them(
    installation: Deployment, visitor: Visitor, smtpd: StartSmtpd
) -> None:
    """A8, A6: by the saved settings, with an exit code."""
    server = smtpd("none")
    press(visitor, PAGE, fields_of(server))
    smtp = Command(installation.app)
    ran = smtp("test", "--node", "all", "--to", "bob@test.example", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True), ran
    assert [each["node"] for each in ran.json["nodes"]] == ["web-1", "web-2"]
    assert [each["steps"][-1]["step"] for each in ran.json["nodes"]] == ["data", "data"]
    assert len(server.messages) == 2
    ran = smtp("check", "--node", "web-2")
    assert ran.code == 0
    assert "web-2  The mail server is ready to take mail." in ran.stdout
    assert len(server.messages) == 2


def test_limits_hold_over_all_nodes(installation: Deployment, visitor: Visitor) -> None:
    """A8, L1: six tests a minute, wherever an admin presses."""
    both = installation.machines
    for machine in both * 3:
        press(at(visitor, machine), TEST, NOWHERE)
    for machine in both:
        assert refused(at(visitor, machine)) == HTTPStatus.TOO_MANY_REQUESTS


def test_a_node_lives_as_long_as_one_of_its_processes_and_is_shown_as_gone_after_that(
    installation: Deployment, visitor: Visitor, smtpd: StartSmtpd
) -> None:
    """A8, W3: killed while it does what it does."""
    second = installation.machines[1]
    second.kill("web")
    press(visitor, PAGE, fields_of(smtpd("none")))
    wait_until(lambda: installation.states() == {"web-1": VALID, "web-2": VALID})
    second.kill("worker")
    installation.age(NODE_LEASE)
    press(visitor, PAGE, fields_of(smtpd("none")))
    wait_until(lambda: installation.states()["web-1"] == VALID)
    row = at(visitor, installation.machines[0]).page.id("nodes").one("tr", data_node="web-2")
    assert "Gone" in row.text
    assert "last seen" in row.text
    assert installation.states()["web-2"][0] is NodeState.GONE


def test_without_redis_each_process_counts_and_the_page_stays(
    installation: Deployment, visitor: Visitor
) -> None:
    """A8, L1: said once in the log; the limits do not open."""
    first = installation.machines[0]
    installation.redis.kill()
    for _ in range(6):
        press(at(visitor, first), TEST, NOWHERE)
    assert refused(visitor) == HTTPStatus.TOO_MANY_REQUESTS
    assert first.log("web").count("each process counts its own") == 1
    assert visitor.ask("/readyz").status == HTTPStatus.OK
    first.kill("web")  # it would not ask Redis for a while


def test_without_the_database_it_says_so_and_recovers_by_itself(
    installation: Deployment, visitor: Visitor, smtpd: StartSmtpd
) -> None:
    """A8, A7: the process lives, and knows that it can't work."""
    with installation.without_database():
        for path in (PAGE, "/readyz"):
            answer = visitor.ask(path)
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
            assert int(answer.headers["Retry-After"]) > 0
        assert visitor.ask("/healthz").status == HTTPStatus.OK
    wait_until(lambda: visitor.ask(PAGE).status == HTTPStatus.OK)
    press(at(visitor, installation.machines[0]), PAGE, fields_of(smtpd("none")))
    wait_until(lambda: installation.states() == {"web-1": VALID, "web-2": VALID})


def refused(visitor: Visitor) -> int:
    """The status of one more test, which is refused."""
    with pytest.raises(HTTPError) as caught:
        press(visitor, TEST, NOWHERE)
    with caught.value as error:
        return error.code
