"""aiosmtpd with a server of its own for each road."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from ssl import TLSVersion

from tests.servers.certificates import Certificate
from tests.servers.inbox import Inbox
from tests.servers.roads import EVERY, MailServer, Road
from tests.servers.smtpd import aiosmtpd_server


def version() -> str:
    """Of aiosmtpd."""
    return metadata.version("aiosmtpd")


@contextmanager
def smtpd_roads_server(
    certificate: Certificate, roads: Collection[Road] = EVERY
) -> Iterator[MailServer]:
    """Run aiosmtpd on these roads until the block ends."""
    inbox = Inbox()
    with ExitStack() as stack:
        ports = {}
        for road in roads:
            tls = certificate.context(_only(road)) if road.version else None
            server = aiosmtpd_server(road.mode, tls=tls, messages=inbox)
            ports[road] = stack.enter_context(server).port
        yield MailServer(ports=ports, inbox=inbox)


def _only(road: Road) -> TLSVersion:
    return TLSVersion[road.version.replace(".", "_")]
