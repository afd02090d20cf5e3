"""Free ports, for servers that can't be given a listening socket."""

from __future__ import annotations

import random
import socket
from itertools import islice

HOST = "127.0.0.1"
# Outside the range from which the kernel serves everyone else, so that a port stays free a while.
PORTS = range(10_000, 30_000)


def free_ports(count: int) -> list[int]:
    """Different ports of loopback that nobody uses."""
    return list(islice(filter(_is_free, random.sample(PORTS, k=len(PORTS))), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
