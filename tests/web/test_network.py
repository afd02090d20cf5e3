"""Where a test may lead, by what the operator says (SPEC L3)."""

from __future__ import annotations

from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import MakePanel, fields_of
from tests.web.test_service import url_of


def test_a_server_in_a_private_network_is_refused_where_the_operator_says_so(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """L3: in test and in the check after a save, and nothing is dialled."""
    server = smtpd("none")
    panel = make_panel(block_private=True)
    admin = panel.admin()
    fields = fields_of(server)
    result = panel.tested(admin, **fields).id("test-result")
    assert result["data-state"] == "failed"
    assert "address 127.0.0.1 is blocked: loopback" in result.text
    page = panel.saved(admin, **fields)
    assert page.id("smtp-status").one(data_state=None)["data-state"] == "problem"
    assert server.connections == 0


def test_a_port_that_the_operator_does_not_list_is_refused(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """L3: and one that is listed is not."""
    server = smtpd("none")
    panel = make_panel(allowed_ports=(587,))
    result = panel.tested(panel.admin(), **fields_of(server)).id("test-result")
    assert f"port {server.port} is not among those that the operator allows" in result.text
    assert server.connections == 0
    allowing = make_panel(allowed_ports=(587, server.port))
    result = allowing.tested(allowing.admin(), **fields_of(server)).id("test-result")
    assert result["data-state"] == "passed"


def test_the_operators_own_service_is_reached_wherever_it_stands(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """L3, S4: the default service is no choice of an admin's."""
    server = smtpd("none")
    panel = make_panel(default_url=url_of(server), block_private=True, allowed_ports=(587,))
    result = panel.tested(panel.admin(), service="default").id("test-result")
    assert result["data-state"] == "passed"


def test_the_sandbox_is_reached_too(make_panel: MakePanel) -> None:
    """L3, S4: a newcomer's first test arrives, however strict the operator is."""
    panel = make_panel(sandbox=True, block_private=True, allowed_ports=(587,))
    panel.start()
    result = panel.tested(panel.admin(), service="default").id("test-result")
    assert result["data-state"] == "passed"


def test_a_locked_server_is_the_operators_once_its_port_is_locked_as_well(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """L3, F14: with the port free, an admin could look for other services there."""
    server = smtpd("none")
    fields = fields_of(server)
    half = make_panel(server=server.host, block_private=True)
    result = half.tested(half.admin(), **fields).id("test-result")
    assert "address 127.0.0.1 is blocked: loopback" in result.text
    whole = make_panel(server=server.host, port=str(server.port), block_private=True)
    result = whole.tested(whole.admin(), **fields).id("test-result")
    assert result["data-state"] == "passed"
