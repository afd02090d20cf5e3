"""OpenSMTPD, below a root of its own.

Debian's 6.8 fails in every handshake with OpenSSL 3, and lets nobody sign in without TLS.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from aiosmtpd.smtp import SMTP

from tests.servers.certificates import Certificate
from tests.servers.delivery import delivery
from tests.servers.inbox import Inbox
from tests.servers.ports import HOST
from tests.servers.processes import folder_of, running, wait_for_ports
from tests.servers.roads import CLEAR, MailServer, Road, ports_for
from tests.servers.roots import lay_out_root, unpacked

PACKAGE, PROGRAM = "opensmtpd", "usr/sbin/smtpd"
USERS = ("opensmtpd", "opensmtpq")

CONF = """\
listen on {host} port {port} hostname mail.test.example
action "behind" relay host smtp://{host}:{behind}
match from any for domain "test.example" action "behind"
"""


def version() -> str:
    """Of OpenSMTPD."""
    told = subprocess.run(
        [unpacked(PACKAGE, PROGRAM), "-h"], capture_output=True, text=True, check=False
    ).stderr
    found = re.search(r"OpenSMTPD (\S+)", told)
    assert found
    return found[1]


@contextmanager
def opensmtpd_server(
    _certificate: Certificate, roads: Collection[Road] = (CLEAR,)
) -> Iterator[MailServer]:
    """Run OpenSMTPD until the block ends; needs to be root, as OpenSMTPD itself does."""
    with ExitStack() as stack:
        root = stack.enter_context(folder_of("opensmtpd"))
        inbox, ports = Inbox(), ports_for(roads)
        behind = stack.enter_context(delivery(inbox, SMTP))
        lay_out_root(root, PACKAGE, PROGRAM, USERS)
        (root / "var/lib/opensmtpd/empty").mkdir(parents=True)
        (root / "var/run").mkdir()
        (root / "etc/smtpd.conf").write_text(
            CONF.format(host=HOST, port=ports[CLEAR], behind=behind)
        )
        command = ("chroot", str(root), f"/{PROGRAM}", "-d")
        stack.enter_context(running(command, log=root / "var/log/smtpd"))
        wait_for_ports(ports.values())
        yield MailServer(ports=ports, inbox=inbox)
