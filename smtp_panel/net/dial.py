"""Connects to whichever of a server's addresses answers first: Happy Eyeballs (RFC 8305)."""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault, NetworkKind, network_faults
from smtp_panel.net.network import Address, Network
from smtp_panel.words import N_, Sentence

MOST_DIALLED = 6  # addresses of one name; more would make a port scanner of it (SPEC L1)
HEAD_START = 0.25  # seconds from one attempt to the next; RFC 8305, section 5
OVERTAKEN = Sentence(N_("given up, another was faster"))
# A missing route, as for IPv6, says less than an answer, and what was not tried says nothing.
_SAYS_LITTLE = {NetworkKind.BLOCKED: 1, NetworkKind.UNREACHABLE: 2}


@dataclass(slots=True)
class Dialled:
    """The result of dialling: the connection, if one was made, and the attempts that failed.

    An attempt that was still under way when another succeeded counts as failed, with the words
    OVERTAKEN. `left_out` counts the addresses after the first MOST_DIALLED, which are not tried.
    """

    address: Address | None = None
    connection: socket.socket | None = None
    failed: dict[Address, NetworkFault] = field(default_factory=dict)
    left_out: int = 0

    @property
    def fault(self) -> NetworkFault:
        """The most telling of the faults, where no connection was made."""
        return min(self.failed.values(), key=lambda fault: _SAYS_LITTLE.get(fault.kind, 0))


def dial(addresses: Sequence[Address], network: Network, deadline: Deadline) -> Dialled:
    """Try the first six of `addresses` in their order, each 250 ms after the one before it.

    The next begins at once where one fails. An address that the guard refuses is not tried.
    Whatever the network does is in the result; it raises nothing for it.
    """
    race = _Race(network)
    race.result.left_out = len(addresses[MOST_DIALLED:])
    try:
        for address in addresses[:MOST_DIALLED]:
            if race.begin(address):
                race.wait(min(HEAD_START, deadline.remaining()))
            if race.result.connection:
                break
        while race.running and not race.result.connection:
            race.wait(deadline.remaining())
        race.give_up(OVERTAKEN)
    except TimeoutError:
        race.give_up(Sentence(N_("timed out")))
    finally:
        race.close()
    return race.result


class _Race:
    """The attempts that are under way, and the result so far."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._selector = selectors.PollSelector()
        self._running: dict[Address, socket.socket] = {}
        self.result = Dialled()

    @property
    def running(self) -> bool:
        """Whether an attempt is under way."""
        return bool(self._running)

    def begin(self, address: Address) -> bool:
        """Begin to connect to `address`; False if the attempt failed at once."""
        if refusal := self._network.guard.refusal(address.host, address.port):
            self.result.failed[address] = NetworkFault(NetworkKind.BLOCKED, refusal)
            return False
        try:
            with network_faults():
                connection = self._network.connect(address)
        except NetworkFault as fault:
            self.result.failed[address] = fault
            return False
        self._running[address] = connection
        self._selector.register(connection, selectors.EVENT_WRITE, address)
        return True

    def wait(self, seconds: float) -> None:
        """Wait until an attempt is over, for at most `seconds`."""
        for key, _ in self._selector.select(seconds):
            if not self.result.connection:
                self._end(key.data)

    def give_up(self, why: Sentence) -> None:
        """Count every attempt that is under way as failed, for the reason `why`."""
        for address in self._running:
            self.result.failed[address] = NetworkFault(NetworkKind.TIMEOUT, why)

    def close(self) -> None:
        """Close every connection but the one that was made."""
        self._selector.close()
        for connection in self._running.values():
            connection.close()

    def _end(self, address: Address) -> None:
        connection = self._running.pop(address)
        self._selector.unregister(connection)
        if failed := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            connection.close()
            self.result.failed[address] = NetworkFault.of(OSError(failed, os.strerror(failed)))
        else:
            self.result.address, self.result.connection = address, connection
