"""Haraka: one instance for each TLS version."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP

from tests.servers.certificates import Certificate
from tests.servers.delivery import delivery
from tests.servers.inbox import Inbox
from tests.servers.npm import ENVIRONMENT, module, node, package_version
from tests.servers.ports import HOST
from tests.servers.processes import folder_of, running, wait_for_ports
from tests.servers.roads import (
    EVERY,
    PASSWORD,
    USERNAME,
    MailServer,
    Road,
    instance_ports,
    versions_in,
)

PACKAGE = "Haraka"
# Node.js' names; TLS 1.3 has none, and is chosen by the lowest version.
ONLY = {
    "TLSv1": "secureProtocol=TLSv1_method",
    "TLSv1.1": "secureProtocol=TLSv1_1_method",
    "TLSv1.2": "secureProtocol=TLSv1_2_method",
    "TLSv1.3": "minVersion=TLSv1.3",
}
CONFIGURATION = {
    "me": "mail.test.example\n",
    "loglevel": "warn\n",
    "plugins": "tls\nrcpt_to.in_host_list\nauth/flat_file\nqueue/smtp_forward\n",
    "host_list": "test.example\n",
    "auth_flat_file.ini": "[core]\nmethods=PLAIN,LOGIN\n[users]\n{name}={password}\n",
    # Seconds; a refused password waits for less than that, which is not at all.
    "auth/flat_file.timeout": "1\n",
    "smtp.ini": "listen={host}:{starttls},{host}:{implicit}\nsmtps_port={implicit}\n",
    "smtp_forward.ini": "host={host}\nport={behind}\nenable_outbound=true\n",
    "tls.ini": "key=server.pem\ncert=server.pem\nciphers=DEFAULT:@SECLEVEL=0\n{only}\n",
    # ffdhe2048 (RFC 7919), since Haraka would take seconds to find a group of its own.
    "dhparams.pem": """\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
""",
}


def version() -> str:
    """Of Haraka."""
    return package_version(PACKAGE)


@contextmanager
def haraka_server(
    certificate: Certificate, roads: Collection[Road] = EVERY
) -> Iterator[MailServer]:
    """Run Haraka on these roads until the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of("haraka"))
        inbox, ports = Inbox(), instance_ports(roads)
        behind = stack.enter_context(delivery(inbox, SMTP))
        versions = versions_in(ports)
        for only in versions:
            values = {
                "starttls": ports[Road("starttls", only)],
                "implicit": ports[Road("implicit", only)],
                "only": ONLY[only],
                "behind": behind,
            }
            _lay_out(folder / only / "config", certificate, values)
        program = module(PACKAGE) / "bin/haraka"
        commands = [(node(), str(program), "-c", str(folder / only)) for only in versions]
        stack.enter_context(running(*commands, log=folder / "log", environment=ENVIRONMENT))
        wait_for_ports(ports.values())
        yield MailServer(ports=ports, inbox=inbox)


def _lay_out(folder: Path, certificate: Certificate, values: dict[str, object]) -> None:
    values = {"host": HOST, "name": USERNAME, "password": PASSWORD, **values}
    (folder / "auth").mkdir(parents=True)
    for name, text in CONFIGURATION.items():
        (folder / name).write_text(text.format_map(values))
    shutil.copy(module(PACKAGE) / "config/connection.ini", folder)
    (folder / "server.pem").write_bytes(certificate.pem)
