"""Exim with GnuTLS, below a root of its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP

from tests.servers.certificates import Certificate
from tests.servers.delivery import delivery
from tests.servers.inbox import Inbox
from tests.servers.ports import HOST
from tests.servers.processes import folder_of, running, wait_for_ports
from tests.servers.roads import (
    CLEAR,
    EVERY,
    PASSWORD,
    TLS_VERSIONS,
    USERNAME,
    MailServer,
    Road,
    ports_for,
)
from tests.servers.roots import lay_out_root

PACKAGE, PROGRAM, USER = "exim4-daemon-light", "usr/sbin/exim4", "Debian-exim"
CONFIGURATION = "etc/exim4/exim4.conf"
SPOOL = ("var/spool/exim4", "var/log/exim4")
GNUTLS_NAMES = dict(zip(TLS_VERSIONS, ("TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"), strict=True))

CONF = """\
primary_hostname = mail.test.example
exim_user = {user}
exim_group = {user}
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
pid_file_path = /var/spool/exim4/pid
local_interfaces = {host}
daemon_smtp_ports = {ports}
tls_on_connect_ports = {implicit}
keep_environment =
deliver_drop_privilege = true
never_users =

tls_certificate = /etc/exim4/server.pem
tls_privatekey = /etc/exim4/server.pem
tls_advertise_hosts = ${{if ={{$received_port}}{{{clear}}}{{}}{{*}}}}
tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-\
${{extract{{p$received_port}}{{{versions}}}{{$value}}{{TLS-ALL}}}}:%COMPAT

acl_smtp_rcpt = recipients
acl_smtp_data = accept

# No DNS, no ident, no pause: the tests are the only client.
host_lookup =
rfc1413_hosts =
dns_ipv4_lookup =
smtp_enforce_sync = true

begin acl
recipients:
  deny domains = ! test.example
       ! authenticated = *
       message = relay not permitted
  require message = Unknown user
          verify = recipient
  accept

begin routers
unknown:
  driver = redirect
  local_parts = unknown
  data = :fail: Unknown user
  allow_fail
all:
  driver = manualroute
  route_list = * {host}
  transport = behind
  self = send

begin transports
behind:
  driver = smtp
  port = {behind}
  allow_localhost
  hosts_try_fastopen =
  hosts_avoid_tls = *

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{name}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{name}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


def version() -> str:
    """Of Exim and of its TLS library."""
    with folder_of("exim") as root:
        _lay_out(root, "")
        command = ("chroot", root, f"/{PROGRAM}", "-d", "-bV")
        told = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        ).stdout
    own = re.search(r"^Exim version (\S+)", told, re.MULTILINE)
    library = re.search(r"GnuTLS: Compile: \S+\s+Runtime: (\S+)", told)
    assert own
    assert library
    return f"{own[1]} with GnuTLS {library[1]}"


@contextmanager
def exim_server(certificate: Certificate, roads: Collection[Road] = EVERY) -> Iterator[MailServer]:
    """Run Exim on these roads until the block ends; needs to be root, as Exim itself does."""
    with ExitStack() as stack:
        root = stack.enter_context(folder_of("exim"))
        inbox, ports = Inbox(), ports_for(roads)
        behind = stack.enter_context(delivery(inbox, SMTP))
        _lay_out(root, _configuration(ports, behind))
        (root / "etc/exim4/server.pem").write_bytes(certificate.pem)
        stack.enter_context(running(("chroot", str(root), f"/{PROGRAM}", "-bdf")))
        wait_for_ports(ports.values())
        yield MailServer(ports=ports, inbox=inbox)


def _lay_out(root: Path, configuration: str) -> None:
    lay_out_root(root, PACKAGE, PROGRAM, [USER])
    (root / "etc/exim4").mkdir()
    (root / CONFIGURATION).write_text(configuration)
    for folder in SPOOL:
        (root / folder).mkdir()
        (root / folder).chmod(0o777)


def _configuration(ports: Mapping[Road, int], behind: int) -> str:
    only = {port: GNUTLS_NAMES[road.version] for road, port in ports.items() if road.version}
    return CONF.format(
        user=USER,
        host=HOST,
        ports=" : ".join(map(str, ports.values())),
        implicit=" : ".join(str(port) for road, port in ports.items() if road.mode == "implicit"),
        clear=ports.get(CLEAR, 0),
        versions=" ".join(f"p{port}={name}" for port, name in only.items()),
        behind=behind,
        name=USERNAME,
        password=PASSWORD,
    )
