"""A message through the real check to a real server, by one road and one mechanism."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, NamedTuple

from smtp_panel.secret import Secret
from smtp_panel.smtp.check import Check, Verdict
from smtp_panel.smtp.endpoint import Auth, Endpoint, TLSVersion
from smtp_panel.smtp.facts import Stage
from tests.interop.servers import Server
from tests.servers.certificates import CertificateAuthority
from tests.servers.roads import PASSWORD, TLS_VERSIONS, USERNAME, MailServer, Road
from tests.smtp.conversations import CONTENT, endpoint_of, letter, sent

AT_ONCE = 4
TLS_NUMBERS = (TLSVersion.V1_0, TLSVersion.V1_1, TLSVersion.V1_2, TLSVersion.V1_3)
LOWEST = dict(zip(TLS_VERSIONS, TLS_NUMBERS, strict=True))
MET = ((Stage.TLS, "version"), (Stage.AUTH, "mechanism"))


class Walk(NamedTuple):
    """A road, and the mechanism by which to sign in there; "" to sign in not at all."""

    road: Road
    mechanism: str


class Port(NamedTuple):
    """Where a server listens for one road."""

    host: str
    port: int


def troubles(server: Server, ca: CertificateAuthority) -> Mapping[Walk, str]:
    """Every walk to the server, with what was not as it should be there, "" for nothing."""
    walks = [Walk(road, each) for road, each in product(server.roads, server.mechanisms)]
    with server.start(ca.good, server.roads) as running, ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda walk: _trouble(running, ca, walk), walks)
        return dict(zip(walks, found, strict=True))


def sent_by(server: MailServer, ca: CertificateAuthority, walk: Walk, **choices: Any) -> Check:
    """A test of the server that has run; `choices` are `recipient` and fields of Endpoint."""
    recipient = choices.pop("recipient", "bob@test.example")
    return sent(_endpoint(server, ca, walk, choices), letter=letter(CONTENT, recipient))


def _trouble(server: MailServer, ca: CertificateAuthority, walk: Walk) -> str:
    recipient = "-".join((*walk.road, walk.mechanism, "x")).lower() + "@test.example"
    test = sent_by(server, ca, walk, recipient=recipient)
    if test.verdict is not Verdict.ACCEPTED:
        return test.transcript
    met = [test.steps[stage].detail.get(key, "") for stage, key in MET]
    if met != [walk.road.version, walk.mechanism]:
        return f"it was {met}"
    arrived = server.inbox.to(recipient).content
    return "" if arrived.endswith(CONTENT.partition(b"\r\n\r\n")[2]) else f"arrived: {arrived!r}"


def _endpoint(
    server: MailServer, ca: CertificateAuthority, walk: Walk, choices: Mapping[str, Any]
) -> Endpoint:
    signed_in = {
        "username": USERNAME,
        "password": Secret(PASSWORD),
        "auth": Auth(walk.mechanism.lower() or "auto"),
    }
    usual = {
        "ca_pem": ca.pem,
        "tls_version": LOWEST.get(walk.road.version, TLSVersion.V1_2),
        **(signed_in if walk.mechanism else {"username": "", "password": None}),
    }
    at = Port(server.host, server.ports[walk.road])
    return endpoint_of(at, walk.road.mode, **{**usual, **choices})
