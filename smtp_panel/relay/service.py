"""The relay as the panel runs it: of the processes of a machine one listens, and all know where."""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

from smtp_panel import private_file
from smtp_panel.background import Background, CannotWork, Loop, Ownership
from smtp_panel.config import Config
from smtp_panel.net.network import Address
from smtp_panel.net.own_certificate import server_context
from smtp_panel.panel import Panel
from smtp_panel.relay.conversation import Conversations
from smtp_panel.relay.reception import Reception
from smtp_panel.smtp_server import SMTPThread

EVERY_SECONDS = 1.0  # how often another process looks whether it is to take over
THREADS = 32  # that wait for the database at once
MOST_CLIENTS = 100  # connections at once, each of which may bring a large message

Stamps: TypeAlias = tuple[tuple[int, int, int], ...]

log = logging.getLogger(__name__)


class CannotRelay(CannotWork):
    """The relay can't listen; the text says why and what to do."""


class Relay:
    """The relay of one panel, from `start` to `stop`."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._serving = ExitStack()
        self._owner = _owner(panel.config)
        loops = [Loop("relay", EVERY_SECONDS, self._serve)]
        self._background = Background(loops, self._owner)
        self._conversations: Conversations | None = None
        self._shown: Stamps = ()  # of the certificate that they show
        self.port: int | None = None  # while it is this process that listens

    @property
    def place(self) -> str:
        """Where it listens; empty while another process does."""
        return str(Address(self._panel.config.relay_host, self.port)) if self.port else ""

    def start(self) -> None:
        """Listen, or wait until the process that does has ended. Raises CannotRelay."""
        if self._owner.acquire():
            self._serve()
        self._background.start()

    def stop(self) -> None:
        """Listen no longer, and answer what was handed over; another process may listen then."""
        self._background.rest()
        self._serving.close()
        self.port = self._conversations = None
        self._owner.release()

    def _serve(self) -> None:
        """Listen, unless this process does so already; raises CannotRelay."""
        if self._conversations:
            self._renew(self._conversations)
            return
        folder = _folder(self._panel.config)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._listen()
        except OSError as error:
            raise CannotRelay(
                f"The relay can't use its folder {folder}: {error.strerror}. Make it writable for"
                " the user that the panel runs as."
            ) from error

    def _renew(self, conversations: Conversations) -> None:
        """Show the certificate of the operator that is in the place of the one before."""
        found = _stamps(self._panel.config)
        if found != self._shown:
            conversations.tls = _tls(self._panel.config)
            self._shown = found
            log.warning("the relay shows its new certificate")

    def _listen(self) -> None:
        config = self._panel.config
        self._shown, tls = _stamps(config), _tls(config)
        with ExitStack() as stack:
            listener = stack.enter_context(_listener(config))
            pool = stack.enter_context(ThreadPoolExecutor(THREADS, "relay"))
            large = stack.enter_context(ThreadPoolExecutor(1, "relay large"))
            conversations = Conversations(Reception(self._panel), pool, large, tls, _folder(config))
            server = SMTPThread(
                listener,
                conversations,
                most=MOST_CLIENTS,
                make_room=conversations.make_room,
                farewell=conversations.end,
            )
            server.start()
            stack.callback(server.stop)
            private_file.replace(_file(config), json.dumps({"port": server.port}).encode())
            self.port, self._conversations = server.port, conversations
            self._serving = stack.pop_all()
        log.warning("the relay takes mail at %s", self.place)


def relay_port(config: Config) -> int | None:
    """The port at which a process of this machine relays; None where none does."""
    owner = _owner(config)
    if not _folder(config).exists() or owner.acquire():
        owner.release()
        return None
    return _last_port(config) or None


def _listener(config: Config) -> socket.socket:
    """A socket that listens: at the port of last time, where any will do and that one is free."""
    wanted = [config.relay_port] if config.relay_port else [_last_port(config), 0]
    family = socket.AF_INET6 if ":" in config.relay_host else socket.AF_INET
    for port in wanted:
        try:
            return socket.create_server((config.relay_host, port), family=family)
        except OSError as error:
            trouble = error
    raise CannotRelay(
        f"The relay can't listen on port {wanted[-1]} of {config.relay_host}: {trouble.strerror}."
        " Set SMTP_PANEL_RELAY_PORT to another port, or leave it unset to take a free one."
    ) from trouble


def _tls(config: Config) -> ssl.SSLContext:
    """The certificate of the operator, else one of its own."""
    if not config.relay_tls_cert:
        own = _folder(config) / "certificate.pem"
        context, _ = server_context(own, "SMTP Panel relay")
        return context
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(config.relay_tls_cert, config.relay_tls_key or None)
    except OSError as error:  # ssl.SSLError is one
        raise CannotRelay(
            f"The relay can't use the certificate {config.relay_tls_cert}: {error.strerror}."
            " SMTP_PANEL_RELAY_TLS_CERT and SMTP_PANEL_RELAY_TLS_KEY name files as PEM."
        ) from error
    return context


def _stamps(config: Config) -> Stamps:
    """What tells whether the files with the certificate of the operator are others than before."""
    files = [each for each in (config.relay_tls_cert, config.relay_tls_key) if each]
    try:
        found = [os.stat(each) for each in files]
    except OSError:  # perhaps they are just being replaced; `_tls` says what is wrong
        return ()
    return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)


def _last_port(config: Config) -> int:
    """The port of whoever relayed last on this machine; 0 where nobody has."""
    try:
        port: int = json.loads(_file(config).read_bytes())["port"]
    except (OSError, ValueError, KeyError):
        return 0
    return port


def _owner(config: Config) -> Ownership:
    return Ownership(_folder(config) / "relay.lock")


def _file(config: Config) -> Path:
    return _folder(config) / "relay.json"


def _folder(config: Config) -> Path:
    return config.data_dir / "relay"
