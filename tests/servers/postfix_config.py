"""The configuration of the test's own Postfix and Dovecot, and the folders they live in."""

from __future__ import annotations

import base64
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificate

HOST = "127.0.0.1"
HOSTNAME = "mail.test.example"
USERS = {"ada@test.example": "correct horse", "boss@test.example": "battery staple"}
SIZE_LIMIT = 200_000  # octets
TOKEN_KEY = b"the key of the test's own tokens"

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}/log

myhostname = {hostname}
inet_protocols = ipv4
mynetworks =
mydestination =
alias_maps =
local_recipient_maps =
message_size_limit = {size_limit}

# All mail for test.example goes back to the test by LMTP, all other mail nowhere.
virtual_mailbox_domains = test.example
virtual_mailbox_maps = regexp:{folder}/etc/mailboxes
virtual_transport = lmtp:inet:{host}:{lmtp}
lmtp_destination_recipient_limit = 1
default_transport = discard
local_transport = discard
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination

# Who speaks ahead where that was not offered is refused.
smtpd_data_restrictions = reject_unauth_pipelining

smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = yes
smtpd_sender_login_maps = inline:{{ {{boss@test.example = boss@test.example}} }}
smtpd_sender_restrictions = reject_known_sender_login_mismatch
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/etc/server.pem

# No pause, no DNS, no limit: the tests are the only client.
smtpd_error_sleep_time = 0
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtpd_client_event_limit_exceptions = static:all
"""

SUBMISSION = """\
  -o smtpd_tls_auth_only=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
"""

MASTER_CF = f"""\
{{host}}:{{submission}} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
{SUBMISSION}\
{{host}}:{{smtps}} inet n - n - - smtpd
  -o syslog_name=postfix/smtps
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_mechanism_filter=!xoauth2,static:rest
{SUBMISSION}\
{{host}}:{{plain}} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
lmtp unix - - n - - lmtp
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

MAILBOXES = "!/^unknown/ exists\n"

DOVECOT_CONF = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/log/dovecot
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/etc/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {folder}/etc/users
}}
service auth {{
  unix_listener {folder}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
# Without the penalty, a refused password does not slow down the next sign-in.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


# Tokens are signed with TOKEN_KEY, so that Dovecot asks nobody about them.
OAUTH2_CONF = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/etc/keys/
username_attribute = sub
"""

QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush"),
    *("hold", "incoming", "private", "saved", "trace"),
)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the instance listens on HOST, and where it delivers to by LMTP."""

    submission: int
    smtps: int
    plain: int
    lmtp: int


def lay_out(folder: Path, certificate: Certificate, ports: Ports) -> None:
    """Write the configuration and make the folders, with the owners that Postfix insists on."""
    folder.chmod(0o755)  # the servers run as users of their own
    for name in ("etc", "data", "log", "dovecot", "queue"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    _lay_out_queue(folder / "queue")
    values = {"folder": folder, "host": HOST, "hostname": HOSTNAME, "size_limit": SIZE_LIMIT}
    values |= vars(ports)
    (folder / "etc/main.cf").write_text(MAIN_CF.format_map(values))
    (folder / "etc/master.cf").write_text(MASTER_CF.format_map(values))
    (folder / "etc/dovecot.conf").write_text(DOVECOT_CONF.format_map(values))
    (folder / "etc/oauth2.conf").write_text(OAUTH2_CONF.format_map(values))
    (folder / "etc/keys/default/HS256").mkdir(parents=True)
    (folder / "etc/keys/default/HS256/default").write_bytes(base64.b64encode(TOKEN_KEY))
    (folder / "etc/mailboxes").write_text(MAILBOXES)
    (folder / "etc/users").write_text("".join(f"{u}:{p}\n" for u, p in USERS.items()))
    (folder / "etc/server.pem").write_bytes(certificate.pem)
    # Postfix reads a main.cf only once it is two seconds old.
    os.utime(folder / "etc/main.cf", (0, 0))


def _lay_out_queue(queue: Path) -> None:
    (queue / "pid").mkdir()
    for name in QUEUES:
        _owned(queue / name, 0o700)
    _owned(queue / "public", 0o710, "postdrop")
    _owned(queue / "maildrop", 0o730, "postdrop")


def _owned(path: Path, mode: int, group: str | None = None) -> None:
    path.mkdir()
    shutil.chown(path, "postfix", group)
    path.chmod(mode)
