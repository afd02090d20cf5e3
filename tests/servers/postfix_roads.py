"""Postfix with Dovecot for SASL, with a port of its own for each TLS version."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from tests.servers.certificates import Certificate
from tests.servers.ports import HOST
from tests.servers.postfix import DOVECOT, postfix_server
from tests.servers.roads import CLEAR, EVERY, MailServer, Road, ports_for

SERVICE = """\
{host}:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_wrappermode={at_once}
  -o {{ smtpd_tls_mandatory_protocols = >={version}, <={version} }}
  -o {{ tls_medium_cipherlist = DEFAULT:@SECLEVEL=0 }}
"""


def version() -> str:
    """Of Postfix and of Dovecot."""
    return f"{_told('postconf', '-hd', 'mail_version')} with {_told(DOVECOT, '--version')}"


@contextmanager
def postfix_roads_server(
    certificate: Certificate, roads: Collection[Road] = EVERY
) -> Iterator[MailServer]:
    """Run Postfix until the block ends, and let it serve these roads too."""
    ports = ports_for(road for road in roads if road is not CLEAR)
    services = {port: _service(road, port) for road, port in ports.items()}
    with postfix_server(certificate, services) as postfix:
        yield MailServer(ports={CLEAR: postfix.plain, **ports}, inbox=postfix.inbox)


def _service(road: Road, port: int) -> str:
    at_once = "yes" if road.mode == "implicit" else "no"
    return SERVICE.format(host=HOST, port=port, at_once=at_once, version=road.version)


def _told(*command: str) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return told.split()[0]
