"""What touches the network, a look-up of names and a TCP connection, and what guards it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from smtp_panel.net.dns import Ask, NameServers
from smtp_panel.net.guard import Guard


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and port that can be dialled."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


NameLookup = Callable[[str], list[str]]
Connect = Callable[[Address], socket.socket]


def system_lookup(name: str) -> list[str]:
    """The addresses of `name` in the system's order of preference; raises socket.gaierror."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def system_connect(address: Address) -> socket.socket:
    """Begin a TCP connection with Nagle's algorithm off; it is made once the socket is writable.

    Raises OSError if it fails at once; a later failure is in SO_ERROR.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        failed = connection.connect_ex((address.host, address.port))
        if failed not in (0, errno.EINPROGRESS):
            raise OSError(failed, os.strerror(failed))
    except BaseException:
        connection.close()
        raise
    return connection


@dataclass(frozen=True, slots=True)
class Network:
    """How to look names up and to connect, and what may be connected to. Tests pass their own.

    `lookup` gives the addresses of what is dialled. `guard` is for mail servers and `web_guard` for
    web servers, such as a token endpoint; `http` allows a web server on this machine to be without
    TLS. `ask` asks the DNS for anything else.
    """

    lookup: NameLookup = system_lookup
    connect: Connect = system_connect
    guard: Guard = field(default_factory=Guard)
    web_guard: Guard = field(default_factory=Guard)
    http: bool = True
    ask: Ask = field(default_factory=lambda: NameServers().ask)

    def looking_up_once(self) -> Network:
        """The same for one attempt of several connections: each name leads where it led first.

        Else a name that moves would let one attempt reach more addresses than it may (SPEC L1).
        """
        return replace(self, lookup=cache(self.lookup))
