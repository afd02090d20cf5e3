"""Postfix with Dovecot for SASL: an instance of our own on loopback, as its own processes.

Nothing of the machine's mail system is read or touched, and nothing leaves the machine: mail to
test.example comes back by LMTP into the test's `Inbox`, all other mail is discarded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.servers.certificates import Certificate
from tests.servers.delivery import delivery
from tests.servers.inbox import Inbox
from tests.servers.ports import free_ports
from tests.servers.postfix_config import HOST, SIZE_LIMIT, TOKEN_KEY, USERS, Ports, lay_out
from tests.servers.processes import folder_of, running, wait_for_ports, wait_until

MASTER = "/usr/lib/postfix/sbin/master"
DOVECOT = "/usr/sbin/dovecot"
PACKAGES = {MASTER: "postfix", DOVECOT: "dovecot-core"}


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """A running instance.

    `submission` wants STARTTLS before AUTH, and AUTH before mail; `smtps` the same with implicit
    TLS, and without XOAUTH2; `plain` takes mail for test.example from anyone, and AUTH without TLS
    too. A recipient whose address begins with "unknown" does not exist. "boss@test.example" is a
    sender for that user alone. `size_limit` is in octets. Tokens for XOAUTH2 and OAUTHBEARER are
    signed with `token_key`.
    """

    submission: int
    smtps: int
    plain: int
    inbox: Inbox
    folder: Path
    host: str = HOST
    username: str = "ada@test.example"
    password: str = USERS["ada@test.example"]
    size_limit: int = SIZE_LIMIT
    token_key: bytes = TOKEN_KEY

    @property
    def log(self) -> str:
        """What Postfix logged so far."""
        return (self.folder / "log/maillog").read_text()


def missing_packages() -> list[str]:
    """The Debian packages to install before Postfix can be started."""
    return [package for program, package in PACKAGES.items() if not Path(program).exists()]


@contextmanager
def postfix_server(
    certificate: Certificate, services: Mapping[int, str] = MappingProxyType({})
) -> Iterator[Postfix]:
    """Run Postfix and Dovecot until the block ends; needs to be root, as Postfix itself does.

    `services` are more lines of master.cf, by the port that each listens on.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of("postfix"))
        inbox = Inbox()
        submission, smtps, plain = free_ports(3)
        lmtp = stack.enter_context(delivery(inbox))
        ports = Ports(submission=submission, smtps=smtps, plain=plain, lmtp=lmtp)
        lay_out(folder, certificate, ports)
        with (folder / "etc/master.cf").open("a") as file:
            file.writelines(services.values())
        stack.enter_context(running((DOVECOT, "-F", "-c", f"{folder}/etc/dovecot.conf")))
        stack.enter_context(running((MASTER, "-s", "-c", f"{folder}/etc")))
        wait_until((folder / "queue/private/auth").exists)
        wait_for_ports((submission, smtps, plain, *services))
        yield Postfix(submission=submission, smtps=smtps, plain=plain, inbox=inbox, folder=folder)
