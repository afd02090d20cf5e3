"""The roads on which a real server takes mail, each on a port of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tests.servers.inbox import Inbox
from tests.servers.ports import HOST, free_ports
from tests.servers.smtpd import USERS, Mode

TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
TLS_MODES: tuple[Mode, ...] = ("starttls", "implicit")
USERNAME, PASSWORD = next(iter(USERS.items()))


class Road(NamedTuple):
    """How TLS starts, and the one version of it that the server speaks there; "" without TLS."""

    mode: Mode
    version: str = ""


CLEAR = Road("none")
EVERY = (CLEAR, *(Road(mode, version) for mode in TLS_MODES for version in TLS_VERSIONS))


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A running server, which passes on what it takes to the inbox; USERNAME may sign in."""

    ports: Mapping[Road, int]
    inbox: Inbox
    host: str = HOST


def ports_for(roads: Iterable[Road]) -> dict[Road, int]:
    """A free port for each road."""
    roads = tuple(roads)
    return dict(zip(roads, free_ports(len(roads)), strict=True))


def instance_ports(roads: Collection[Road]) -> dict[Road, int]:
    """Ports for a server of which an instance speaks one TLS version on all of its ports.

    Each instance has one for STARTTLS and one for implicit TLS. Without TLS the mail goes to the
    newest, which does not insist on STARTTLS.
    """
    asked = {road.version for road in roads}
    versions = [each for each in TLS_VERSIONS if each in asked] or TLS_VERSIONS[-1:]
    ports = ports_for(Road(mode, version) for version in versions for mode in TLS_MODES)
    return {CLEAR: ports[Road("starttls", versions[-1])], **ports}


def versions_in(roads: Iterable[Road]) -> list[str]:
    """The TLS versions that are spoken on these roads, oldest first."""
    return sorted({road.version for road in roads if road.version})
