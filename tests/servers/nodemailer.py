"""Nodemailer's smtp-server, all roads in one process of Node.js."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP

from tests.servers.certificates import Certificate
from tests.servers.delivery import delivery
from tests.servers.inbox import Inbox
from tests.servers.npm import ENVIRONMENT, node, package_version
from tests.servers.ports import HOST
from tests.servers.postfix_config import TOKEN_KEY
from tests.servers.processes import folder_of, running, wait_for_ports
from tests.servers.roads import EVERY, PASSWORD, USERNAME, MailServer, Road, ports_for

SCRIPT = Path(__file__).with_suffix(".js")
PACKAGE = "smtp-server"


def version() -> str:
    """Of smtp-server."""
    return package_version(PACKAGE)


@contextmanager
def nodemailer_server(
    certificate: Certificate, roads: Collection[Road] = EVERY
) -> Iterator[MailServer]:
    """Run smtp-server on these roads until the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of("nodemailer"))
        inbox, ports = Inbox(), ports_for(roads)
        (folder / "server.pem").write_bytes(certificate.pem)
        asked = {
            "host": HOST,
            "roads": [{**road._asdict(), "port": port} for road, port in ports.items()],
            "certificate": str(folder / "server.pem"),
            "username": USERNAME,
            "password": PASSWORD,
            "tokenKey": TOKEN_KEY.decode(),
            "behind": stack.enter_context(delivery(inbox, SMTP)),
        }
        command = (node(), str(SCRIPT), json.dumps(asked))
        stack.enter_context(running(command, log=folder / "log", environment=ENVIRONMENT))
        wait_for_ports(ports.values())
        yield MailServer(ports=ports, inbox=inbox)
