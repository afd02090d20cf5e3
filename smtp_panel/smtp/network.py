"""The two things that touch the network: a name look-up and a TCP connection."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from smtp_panel.smtp.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and port that can be dialled."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Lookup = Callable[[str], list[str]]
Connect = Callable[[Address, float], socket.socket]


def system_lookup(name: str) -> list[str]:
    """The addresses of `name` in the system's order of preference; raises socket.gaierror."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def system_connect(address: Address, seconds: float) -> socket.socket:
    """A TCP connection without Nagle's delay; raises OSError, TimeoutError after `seconds`."""
    connection = socket.create_connection((address.host, address.port), timeout=seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


@dataclass(frozen=True, slots=True)
class Network:
    """The network as a check sees it; tests pass another."""

    lookup: Lookup = system_lookup
    connect: Connect = system_connect


def resolve(name: str, deadline: Deadline, lookup: Lookup) -> tuple[str, ...]:
    """The addresses of `name`, found before the deadline; raises OSError of the resolver.

    The system's resolver knows no deadline of ours, so it works in a thread of its own that is
    left behind, for at most the resolver's own time limit, when it is too slow.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(lookup(name))
        except ValueError:  # no name at all: too long a label, a NUL
            answers.put(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        except OSError as error:
            answers.put(error)

    threading.Thread(target=work, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TimeoutError("the name server did not answer") from None
    if isinstance(answer, OSError):
        raise answer
    return tuple(answer)
