"""A network of the tests' own, in which mail servers stand at the usual names and ports."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from smtp_panel.net.dns import Answer
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Address, Network, system_connect

HOST = "127.0.0.1"


class Town:
    """A network in which some names are on loopback, and their ports lead to servers of the tests.

    `dialled` are the addresses that were connected to.
    """

    def __init__(self, names: Mapping[str, str], ports: Mapping[int, int]) -> None:
        self._names = names
        self._ports = ports
        self.dialled: list[Address] = []

    def network(self, guard: Guard | None = None) -> Network:
        """The network; every domain is there, and none has an MX."""
        return Network(
            lookup=self._lookup,
            connect=self._connect,
            guard=guard or Guard(),
            ask=lambda _name, _kind, _deadline: Answer(exists=True, records=()),
        )

    def _lookup(self, name: str) -> list[str]:
        if name not in self._names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [self._names[name]]

    def _connect(self, address: Address) -> socket.socket:
        self.dialled.append(address)
        if address.port not in self._ports:
            raise ConnectionRefusedError
        return system_connect(Address(address.host, self._ports[address.port]))
