"""Postfix with Dovecot for SASL: an instance of our own on loopback, as its own processes.

Nothing of the machine's mail system is read or touched, and nothing leaves the machine: mail to
test.example comes back by LMTP into the test's `Inbox`, all other mail is discarded.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from smtp_panel.sandbox.server import SMTPThread
from tests.servers.certificates import Certificate
from tests.servers.inbox import Inbox, Received
from tests.servers.ports import free_ports
from tests.servers.postfix_config import (
    HOST,
    HOSTNAME,
    SIZE_LIMIT,
    TOKEN_KEY,
    USERS,
    Ports,
    lay_out,
)

WAIT_SECONDS = 20.0
PAUSE_SECONDS = 0.01
# The input is a pipe, which the kernel closes even when our process is killed.
UNTIL_END_OF_INPUT = '"$@" & exec 2>/dev/null; read -r _; kill $!; wait $!'

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
def postfix_server(certificate: Certificate) -> Iterator[Postfix]:
    """Run Postfix and Dovecot until the block ends; needs to be root, as Postfix itself does."""
    with ExitStack() as stack:
        # Not pytest's own folder, where the servers' users can't go.
        folder = Path(tempfile.mkdtemp(prefix="postfix-"))
        stack.callback(shutil.rmtree, folder)
        inbox = Inbox()
        submission, smtps, plain = free_ports(3)
        lmtp = stack.enter_context(_lmtp_server(inbox))
        ports = Ports(submission=submission, smtps=smtps, plain=plain, lmtp=lmtp)
        lay_out(folder, certificate, ports)
        stack.callback(_wait_until, lambda: not processes_in(folder))
        stack.enter_context(_running(DOVECOT, "-F", "-c", f"{folder}/etc/dovecot.conf"))
        stack.enter_context(_running(MASTER, "-s", "-c", f"{folder}/etc"))
        _wait_until((folder / "queue/private/auth").exists)
        _wait_until(lambda: all(map(_listens, (submission, smtps, plain))))
        yield Postfix(submission=submission, smtps=smtps, plain=plain, inbox=inbox, folder=folder)


class _Delivery:
    """Takes what Postfix delivers, one recipient at a time."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: LMTP, _session: Session, envelope: Envelope
    ) -> str:
        self._inbox.add(
            Received(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content or b"",
            )
        )
        return "250 2.0.0 Delivered"


@contextmanager
def _lmtp_server(inbox: Inbox) -> Iterator[int]:
    listener = socket.create_server((HOST, 0))
    server = SMTPThread(listener, lambda: LMTP(_Delivery(inbox), hostname=HOSTNAME))
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@contextmanager
def _running(*command: str) -> Iterator[None]:
    """Run the command until the block ends, or our own process, however that ends."""
    process = subprocess.Popen(
        ["sh", "-c", UNTIL_END_OF_INPUT, "sh", *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.communicate(timeout=WAIT_SECONDS)


def processes_in(folder: Path) -> list[str]:
    """The ids of the processes whose working directory is below the folder."""
    return [home.parent.name for home in Path("/proc").glob("[0-9]*/cwd") if _is_in(folder, home)]


def _is_in(folder: Path, home: Path) -> bool:
    try:
        return home.readlink().is_relative_to(folder)
    except OSError:
        return False  # it ended meanwhile, or is another user's


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), WAIT_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("Postfix or Dovecot did not start or end in time")
        threading.Event().wait(PAUSE_SECONDS)
