"""The sandbox as the panel uses it: started once among several processes, read by all."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from smtp_panel import private_file
from smtp_panel.mail.reading import ReadMail, read
from smtp_panel.sandbox.failures import Failure, Unreachable
from smtp_panel.sandbox.flaws import server_tls
from smtp_panel.sandbox.maildrop import Maildrop, SandboxMessage
from smtp_panel.sandbox.server import protocol_for
from smtp_panel.sandbox.switch import Switch, Tried
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint, TLSStart
from smtp_panel.smtp_server import SMTPThread
from smtp_panel.storage import StorageError, utcnow
from smtp_panel.words import N_

HOST = "127.0.0.1"
USERNAME = "sandbox@localhost"
UNKNOWN_NAME = "mail.sandbox.invalid"  # a name that never exists (RFC 6761, section 6.4)

NOT_TOLD = (
    N_("The sandbox could not be told what to do."),
    N_("Make sure that the disk has space, and that the data folder can be written to."),
)
WrittenDown = Mapping[str, Any]  # what the process that serves has written down


class SandboxError(Exception):
    """The sandbox can't start; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class SandboxMail:
    """A message that the sandbox keeps, and what to show of it."""

    message: SandboxMessage
    content: ReadMail


class Sandbox:
    """A submission server on 127.0.0.1 that keeps its mail in `data_dir`/sandbox.

    `port` 0 takes a free one. Of all processes with the same `data_dir` one serves, and writes its
    address and login to a file that the others read.
    """

    def __init__(self, data_dir: Path, port: int, clock: Callable[[], datetime] = utcnow) -> None:
        self._folder = data_dir / "sandbox"
        self._port = port
        self._clock = clock
        self._maildrop = Maildrop(self._folder / "mail")
        self._switch = Switch(self._folder / "failure.json")
        self._serving = ExitStack()
        self._own: WrittenDown | None = None  # while it is this process that serves

    def start(self) -> None:
        """Serve, unless another process does; returns once the endpoint is known.

        Raises SandboxError when the port is taken or the folder can't be written.
        """
        try:
            self._make_folder()
            with _lock(self._folder / "start.lock", fcntl.LOCK_EX):
                self._serve_unless_served()
        except OSError as error:
            raise SandboxError(
                f"The sandbox can't use its folder {self._folder}: {error.strerror}. Make it "
                "writable, or turn the sandbox off with SMTP_PANEL_SANDBOX=off."
            ) from error

    def stop(self) -> None:
        """Stop serving, if it is this process that serves; another may start then."""
        self._own = None
        self._serving.close()

    def endpoint(self) -> Endpoint | None:
        """Where and how to reach the sandbox, or None when none is running.

        While a failure is tried out that may be where nobody answers.
        """
        service = self._own or self._read()
        return _endpoint(service, self._failing()) if service else None

    @property
    def address(self) -> str:
        """Where it listens, whatever is tried out; "" when none is running."""
        service = self._own or self._read()
        return f"{HOST}:{service['port']}" if service else ""

    def tried(self) -> Tried | None:
        """The failure that is tried out now."""
        tried = self._switch.read()
        return tried if tried and tried.is_on(self._clock()) else None

    @property
    def is_overdue(self) -> bool:
        """Whether the time of a failure is over that nobody has ended yet."""
        return self._switch.read() is not None and self.tried() is None

    def switch(self, failure: Failure | None, by: str, seconds: float) -> Failure | None:
        """Let every process meet `failure` for so many seconds, or with None no more.

        Gives what was tried out before, though its time may be over. Raises StorageError where the
        folder can't be written.
        """
        before = self._switch.read()
        try:
            if failure:
                self._make_folder()
                now = self._clock()
                ends = now + timedelta(seconds=seconds)
                self._switch.turn_on(Tried(failure, by, began=now, ends=ends))
            else:
                self._switch.turn_off()
        except OSError as error:
            raise StorageError(*NOT_TOLD, f"{self._folder}: {error.strerror}") from error
        return before.failure if before else None

    def messages(self) -> list[SandboxMessage]:
        """The mail that the sandbox keeps, newest first."""
        return self._maildrop.messages()

    def message(self, key: str) -> SandboxMail:
        """One message to show; raises KeyError when there is none with this key, or no longer."""
        message, raw = self._maildrop.read(key)
        return SandboxMail(message, read(raw))

    @property
    def _service_file(self) -> Path:
        return self._folder / "service.json"

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)  # where it was there already

    def _read(self) -> WrittenDown | None:
        try:
            service: WrittenDown = json.loads(self._service_file.read_bytes())
        except (FileNotFoundError, ValueError):  # none, or what a power cut has left of one
            return None
        return service

    def _failing(self) -> Failure | None:
        tried = self.tried()
        return tried.failure if tried else None

    def _serve_unless_served(self) -> None:
        with ExitStack() as stack:
            try:
                stack.enter_context(
                    _lock(self._folder / "serve.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
                )
            except BlockingIOError:
                return  # the lock is held for as long as another process serves
            self._serve(stack)
            self._serving = stack.pop_all()

    def _serve(self, stack: ExitStack) -> None:
        tls, password = server_tls(self._folder), Secret(secrets.token_urlsafe(24))
        listener = stack.enter_context(_listener(self._port))
        protocol = protocol_for(self._maildrop, USERNAME, password, tls, self._failing)
        server = SMTPThread(listener, protocol)
        server.start()
        stack.callback(server.stop)
        closed = stack.enter_context(socket.socket())
        closed.bind((HOST, 0))  # so that nobody else listens there
        service = {
            "port": server.port,
            "closed_port": closed.getsockname()[1],
            "password": password.reveal(),
            "certificate": tls.certificate,
            "flawed_certificates": tls.flawed_certificates,
        }
        private_file.replace(self._service_file, json.dumps(service).encode())
        stack.callback(self._service_file.unlink, missing_ok=True)
        self._own = service


def _endpoint(service: WrittenDown, failure: Failure | None) -> Endpoint:
    """The endpoint of `service`, as it is to be had while it has `failure`."""
    flaw = failure.flaw if failure else None
    endpoint = Endpoint(
        server=HOST,
        port=service["port"],
        tls_start=TLSStart.STARTTLS,
        username=USERNAME,
        password=Secret(service["password"]),
        # What serves may be of a version before there were failures.
        ca_pem=service.get("flawed_certificates", {}).get(flaw, service["certificate"]),
    )
    if failure and failure.unreachable is Unreachable.UNKNOWN_NAME:
        return replace(endpoint, server=UNKNOWN_NAME)
    if failure and failure.unreachable is Unreachable.CLOSED_PORT:
        return replace(endpoint, port=service["closed_port"])
    return endpoint


@contextmanager
def _lock(path: Path, operation: int) -> Iterator[None]:
    """Lock the file at `path` for the block; the end of the process unlocks it as well."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        reason = "another program uses it" if in_use else os.strerror(error.errno or 0)
        raise SandboxError(
            f"The sandbox can't listen on port {port} of {HOST}: {reason}. Set "
            "SMTP_PANEL_SANDBOX_PORT to another port, or leave it unset to take a free one."
        ) from error
