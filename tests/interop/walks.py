"""A message through the real check to a real server, by one road and one mechanism."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from smtp_panel.check.check import Check, Verdict
from smtp_panel.net.network import Address
from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth, OAuthClient
from smtp_panel.smtp.facts import Stage
from tests.interop.servers import Server
from tests.servers.certificates import CertificateAuthority
from tests.servers.postfix_config import TOKEN_KEY
from tests.servers.roads import PASSWORD, TLS_VERSIONS, USERNAME, MailServer, Road
from tests.servers.token_server import jwt, token, token_server
from tests.smtp.conversations import CONTENT, RECIPIENT, endpoint_of, outgoing, sent

AT_ONCE = 4
BODY = CONTENT.partition(b"\r\n\r\n")[2]
TLS_NUMBERS = (TLSVersion.V1_0, TLSVersion.V1_1, TLSVersion.V1_2, TLSVersion.V1_3)
LOWEST = dict(zip(TLS_VERSIONS, TLS_NUMBERS, strict=True))
MET = ((Stage.TLS, "version"), (Stage.AUTH, "mechanism"))


class Walk(NamedTuple):
    """A road, and the mechanism by which to sign in there; "" to sign in not at all."""

    road: Road
    mechanism: str


@dataclass(frozen=True)
class Visitor:
    """Who knows how to sign in to a running server, and trusts its certificate."""

    server: MailServer
    ca_pem: str
    oauth: OAuthClient

    def send(self, walk: Walk, recipient: str = RECIPIENT, **choices: Any) -> Check:
        """A test of the server that has run; `choices` are fields of Endpoint."""
        at = Address(self.server.host, self.server.ports[walk.road])
        usual = {
            "ca_pem": self.ca_pem,
            "tls_version": LOWEST.get(walk.road.version, TLSVersion.V1_2),
            **self._login(walk.mechanism),
        }
        endpoint = endpoint_of(at, walk.road.mode, **{**usual, **choices})
        return sent(endpoint, message=outgoing(recipient=recipient))

    def trouble(self, walk: Walk) -> str:
        """What is not as it should be when a message goes this way; "" for nothing."""
        recipient = "-".join(filter(None, (*walk.road, walk.mechanism))).lower() + "@test.example"
        test = self.send(walk, recipient)
        if test.verdict is not Verdict.ACCEPTED:
            return test.transcript
        met = [test.steps[stage].detail.get(key, "") for stage, key in MET]
        if met != [walk.road.version, walk.mechanism]:
            return f"it was {met}"
        arrived = self.server.inbox.to(recipient).content
        return "" if arrived.endswith(BODY) else f"arrived as {arrived!r}"

    def _login(self, mechanism: str) -> dict[str, Any]:
        login: dict[str, Any] = {"username": USERNAME, "password": Secret(PASSWORD)}
        if mechanism == "XOAUTH2":
            return login | {"auth": Auth.OAUTH2, "oauth": self.oauth, "password": None}
        if mechanism:
            return login | {"auth": Auth(mechanism.lower())}
        return {"username": "", "password": None}


@contextmanager
def visiting(
    server: Server, ca: CertificateAuthority, roads: Collection[Road]
) -> Iterator[Visitor]:
    """Run the server on these roads, and an endpoint that gives tokens for it."""
    tokens = token_server(token(jwt(TOKEN_KEY, USERNAME)))
    with server.start(ca.good, roads) as running, tokens as endpoint:
        yield Visitor(running, ca.pem, endpoint.client())


def troubles(server: Server, ca: CertificateAuthority) -> Mapping[Walk, str]:
    """Every walk to the server, with what was not as it should be there, "" for nothing."""
    walks = [Walk(road, each) for road, each in product(server.roads, server.mechanisms)]
    with visiting(server, ca, server.roads) as visitor, ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(walks, pool.map(visitor.trouble, walks), strict=True))
