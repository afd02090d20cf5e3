"""Dovecot's submission server: one instance for each TLS version, with a relay behind them."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP

from tests.servers.certificates import Certificate
from tests.servers.delivery import delivery
from tests.servers.inbox import Inbox
from tests.servers.ports import HOST
from tests.servers.postfix_config import OAUTH2_CONF, TOKEN_KEY
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

DOVECOT = "/usr/sbin/dovecot"
PROGRAM = "/usr/lib/dovecot/submission-login"
PACKAGE = "dovecot-submissiond"

CONF = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = submission
import_environment = OPENSSL_CONF={folder}/openssl.cnf
hostname = mail.test.example
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
default_internal_user = dovecot
first_valid_uid = 1
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/etc/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={folder}/mail
}}

ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
ssl_min_protocol = {version}
ssl_cipher_list = DEFAULT:@SECLEVEL=0

submission_relay_host = {host}
submission_relay_port = {behind}
submission_relay_trusted = yes

service submission-login {{
  inet_listener submission {{
    address = {host}
    port = {submission}
  }}
  inet_listener submissions {{
    address = {host}
    port = {submissions}
    ssl = yes
  }}
}}
# Without the penalty, a refused password does not slow down the next sign-in.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

# Dovecot sets the lowest version only; the highest is left to OpenSSL's own configuration.
OPENSSL_CNF = """\
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = every
[every]
MinProtocol = {version}
MaxProtocol = {version}
CipherString = DEFAULT:@SECLEVEL=0
"""


def version() -> str:
    """Of Dovecot."""
    told = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[0]


@contextmanager
def dovecot_submission_server(
    certificate: Certificate, roads: Collection[Road] = EVERY
) -> Iterator[MailServer]:
    """Run Dovecot on these roads until the block ends; needs to be root, as Dovecot itself does."""
    if not Path(PROGRAM).exists():
        raise FileNotFoundError(f"{PACKAGE} is not installed: scripts/setup.sh test does it")
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of("dovecot"))
        inbox, ports = Inbox(), instance_ports(roads)
        behind = stack.enter_context(delivery(inbox, SMTP))
        versions = versions_in(ports)
        for only in versions:
            _lay_out(folder / only, only, certificate, ports, behind)
        commands = [(DOVECOT, "-F", "-c", f"{folder}/{only}/dovecot.conf") for only in versions]
        stack.enter_context(running(*commands))
        wait_for_ports(ports.values())
        yield MailServer(ports=ports, inbox=inbox)


def _lay_out(
    folder: Path, only: str, certificate: Certificate, ports: Mapping[Road, int], behind: int
) -> None:
    folder.mkdir()
    configuration = CONF.format(
        folder=folder,
        host=HOST,
        version=only,
        behind=behind,
        submission=ports[Road("starttls", only)],
        submissions=ports[Road("implicit", only)],
    )
    (folder / "dovecot.conf").write_text(configuration)
    (folder / "openssl.cnf").write_text(OPENSSL_CNF.format(version=only))
    (folder / "server.pem").write_bytes(certificate.pem)
    (folder / "users").write_text(f"{USERNAME}:{PASSWORD}\n")
    (folder / "etc/keys/default/HS256").mkdir(parents=True)
    (folder / "etc/keys/default/HS256/default").write_bytes(base64.b64encode(TOKEN_KEY))
    (folder / "etc/oauth2.conf").write_text(OAUTH2_CONF.format(folder=folder))
