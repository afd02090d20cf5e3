"""Real servers of many makers, by every road that they know (SPEC F6, F7, F8, T3, D1)."""

from __future__ import annotations

import os

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.secret import Secret
from smtp_panel.smtp.facts import Stage
from tests.interop.servers import SERVERS, Server
from tests.interop.walks import Walk, troubles, visiting
from tests.servers.certificates import CertificateAuthority
from tests.servers.roads import CLEAR, Road
from tests.servers.token_server import token, token_server
from tests.smtp.conversations import diagnosed, failed_at

SECURE = Road("starttls", "TLSv1.2")
WRONG = {"password": Secret("wrong")}
REFUSED = {
    "PLAIN": "auth-credentials-refused",
    "LOGIN": "auth-credentials-refused",
    "XOAUTH2": "auth-xoauth2-refused",
}


@pytest.fixture(params=SERVERS, ids=lambda server: server.name)
def server(request: pytest.FixtureRequest) -> Server:
    """One of the servers."""
    wanted: Server = request.param
    if wanted.needs_root and os.geteuid() != 0:
        pytest.skip(f"{wanted.name} can only be started by root")
    return wanted


def test_a_server_takes_the_message_by_every_road(server: Server, ca: CertificateAuthority) -> None:
    """T3, F6, F7, F8: each start of TLS, each version of it, each mechanism."""
    found = troubles(server, ca)
    assert {walk: trouble for walk, trouble in found.items() if trouble} == {}
    assert len(found) == len(server.roads) * len(server.mechanisms)


def test_the_refusals_of_a_server_have_their_diagnosis(
    server: Server, ca: CertificateAuthority
) -> None:
    """D1: a wrong password or token, a recipient that does not exist, and one elsewhere."""
    road = SECURE if SECURE in server.roads else CLEAR
    with visiting(server, ca, [road]) as visitor, token_server(token("wr0ng")) as endpoint:
        for mechanism in filter(None, server.mechanisms):
            wrong = {"oauth": endpoint.client()} if mechanism == "XOAUTH2" else WRONG
            test = visitor.send(Walk(road, mechanism), **wrong)
            assert failed_at(test) is Stage.AUTH
            assert diagnosed(test) == REFUSED[mechanism], test.transcript
        for (recipient, signed_in), diagnosis in server.refusals.items():
            mechanism = server.mechanisms[0] if signed_in else ""
            test = visitor.send(Walk(road, mechanism), recipient)
            assert (test.verdict, diagnosed(test)) == (Verdict.FAILED, diagnosis), test.transcript
        assert len(visitor.server.inbox) == 0
